const LONGEST_CHAIN = 10

/** `error`, its cause, the cause of that, and so on. */
export function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = []
  for (
    let each = error;
    each !== undefined && causes.length < LONGEST_CHAIN;
    each = causeOf(each)
  ) {
    causes.push(each)
  }
  return causes
}

/** The first SQLSTATE in the chain of causes. */
export function sqlStateOf(error: unknown): string | undefined {
  return causesOf(error)
    .map(codeOf)
    .find((code) => code !== undefined && /^[0-9A-Z]{5}$/.test(code))
}

/** Whether the caller is told that nobody knows what became of the COMMIT. */
export function isCommitUnknown(error: unknown): boolean {
  return codeOf(error) === 'HALE_COMMIT_UNKNOWN'
}

/** Whether the caller is told that a COMMIT was answered by ROLLBACK. */
export function isTransactionAborted(error: unknown): boolean {
  return codeOf(error) === 'HALE_TRANSACTION_ABORTED'
}

/** What was told to whoever waited for `promise`; never rejects. */
export async function toldOf<Result>(promise: Promise<Result>): Promise<Told<Result>> {
  try {
    return { kind: 'done', result: await promise }
  } catch (error) {
    return { kind: isCommitUnknown(error) ? 'unknown' : 'failed', error }
  }
}

/** How a call ended for its caller. */
export type Told<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed' | 'unknown'; readonly error: unknown }

/** The error that `promise` rejects with. @throws when it resolves */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const told = await toldOf(promise)
  if (told.kind === 'done') throw new Error('expected a rejection, and it resolved')
  return told.error
}

function causeOf(error: unknown): unknown {
  return (error as { readonly cause?: unknown } | null)?.cause
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
