import * as kysely from 'kysely'

/** Aborts queries: from 0.29 on. */
export const hasAbort: boolean = process.env['HALE_PEER'] !== 'kysely-0.28'

/** Throws an error of its own when a COMMIT was answered by ROLLBACK: 0.29.8 and later. */
export const tellsAbortedCommits: boolean = 'AbortedTransactionError' in kysely
