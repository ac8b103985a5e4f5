/** What takes an `AbortSignal`. */
export interface Abortable {
  /** Aborting rejects with `signal.reason`, at once. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The signal in the options of one call, `undefined` where there is none.
 * @throws {TypeError} when it is something else; the reason, when it has aborted
 */
export function signalOf(options: unknown): AbortSignal | undefined {
  if (typeof options !== 'object' || options === null) return undefined
  const { signal } = options as { readonly signal?: unknown }
  if (signal === undefined) return undefined
  if (signal instanceof AbortSignal) {
    if (signal.aborted) throw abortReasonOf(signal)
    return signal
  }
  throw new TypeError(`expected \`signal\` to be an AbortSignal, got ${typeof signal}`)
}

/** Why it aborted. `abort(null)` is an abort as well, and no success. */
export function abortReasonOf({ reason }: AbortSignal): Error {
  return reason ?? new DOMException('This operation was aborted', 'AbortError')
}
