import type { Fate } from '../history.ts'

/** Its statement was never sent, as Hale promises. */
const unsentCodes = new Set(['HALE_ACQUIRE_TIMEOUT', 'HALE_POOL_CLOSED', 'HALE_SERVER_UNAVAILABLE'])

/** The code of an error or of what caused it: Drizzle wraps what pg rejects with. */
export function codeOf(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code
  }
  return undefined
}

/**
 * What is known of a lone statement, or of a COMMIT, that failed with `error`: nothing, unless it was never sent or
 * the server itself has answered that it failed.
 */
export function fateOfStatement(error: unknown): Fate {
  if (unsentCodes.has(codeOf(error) ?? '')) return 'undone'
  for (let each = error; each instanceof Error; each = each.cause) {
    // FATAL may come behind a statement that has taken effect
    if ('severity' in each && each.severity === 'ERROR') return 'undone'
  }
  return 'unknown'
}

/** The same of a transaction that Hale has run: all but one error promise that nothing is left of it. */
export function fateOfTransaction(error: unknown): Fate {
  return codeOf(error) === 'HALE_COMMIT_UNKNOWN' ? 'unknown' : 'undone'
}
