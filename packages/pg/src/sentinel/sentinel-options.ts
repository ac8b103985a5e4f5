import type { OptionReader } from '@hale/core'

/** The session beside the pool that asks the server what it knows. */
export interface SentinelOptions {
  /**
   * How often in ms the server is asked about the pool's connections, with one round trip for all of
   * them; ten times as rarely while nobody holds one. 100 to 600_000. More rarely where the server takes
   * more than a hundredth of it to answer.
   * @default 2_000
   */
  readonly intervalMs?: number
  /**
   * How long in ms the server may be silent while it owes the sentinel an answer, or is to let it in. Its
   * session is given up then, and opened anew, with more patience each time, up to 4 s; likewise where the
   * pool's own connections took longer to open. Its `statement_timeout` is half of it. 50 to 60_000.
   * @default 1_000
   */
  readonly timeoutMs?: number
  /**
   * The session's `application_name`. PostgreSQL keeps 63 bytes of it.
   * @default `hale sentinel (…)` around the pool's own, or `hale sentinel`
   */
  readonly applicationName?: string
}

/** {@link SentinelOptions} with nothing left open; `applicationName` is `undefined` for the default. */
export interface SentinelPolicy {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly applicationName: string | undefined
}

/** Each value with its reason. */
export const sentinelDefaults: SentinelPolicy = Object.freeze({
  intervalMs: 2_000, // what is judged by it lasts for seconds; a tick takes each side about 1 ms
  timeoutMs: 1_000, // a thousand times as long as it takes, and still far below a caller's patience
  applicationName: undefined,
} satisfies SentinelPolicy)

/** The policy, frozen; `false` for none. Everything that is wrong goes to the reader's problems. */
export function resolveSentinel(reader: OptionReader): SentinelPolicy | false {
  const section = reader.sectionOrOff('sentinel')
  if (section === false) return false
  const policy: SentinelPolicy = {
    intervalMs: section.number(
      'intervalMs',
      { min: 100, max: 600_000 },
      sentinelDefaults.intervalMs,
    ),
    timeoutMs: section.number('timeoutMs', { min: 50, max: 60_000 }, sentinelDefaults.timeoutMs),
    applicationName: section.text('applicationName'),
  }
  section.rejectUnknown()
  return Object.freeze(policy)
}
