/** What takes an `AbortSignal`. */
export interface Abortable {
  /** Aborting rejects with `signal.reason`, at once. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The signal in the options of one call, `undefined` where there is none.
 * @throws {TypeError} when it is something else
 */
export function signalOf(options: unknown): AbortSignal | undefined {
  if (typeof options !== 'object' || options === null) return undefined
  const { signal } = options as { readonly signal?: unknown }
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw new TypeError(`expected \`signal\` to be an AbortSignal, got ${typeof signal}`)
}
