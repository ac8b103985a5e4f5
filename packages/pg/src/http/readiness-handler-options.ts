import { OptionProblems, OptionReader } from '@hale/core'
import { type UnreadyReason, unreadyReasons } from '../manager/manager-readiness.ts'
import { copyOptions } from '../option-copy.ts'

/** When {@link readinessHandler} says no, and how. */
export interface ReadinessHandlerOptions {
  /**
   * The mildest of the reasons that make it answer 503; graver ones do too. From grave to mild: `closed`,
   * `server-unreachable`, `exhausted` (callers wait and have waited in vain), `lagging` (no replica is near
   * enough, where a manager needs one). A milder one is told in the body of a 200.
   * @default 'lagging'
   */
  readonly unreadyFrom?: UnreadyReason
  /**
   * Once it has aborted, the answer is 503 with the reason `stopping`, while the pool goes on serving:
   * abort it when the process is asked to end, some seconds before the server is closed and the pool ended.
   */
  readonly stopping?: AbortSignal
  /**
   * What a 503 says in `retry-after`, in ms, rounded up to seconds; `false` says nothing. 1_000 to 3_600_000.
   * @default 1_000
   */
  readonly retryAfterMs?: number | false
  /**
   * Whether the body has the names of the pools and how each stands. Whoever may call the handler reads
   * them; at most 100, those first that cannot serve.
   * @default true
   */
  readonly listPools?: boolean
}

/** {@link ReadinessHandlerOptions} with nothing left open. */
export interface ReadinessHandling {
  readonly unreadyFrom: UnreadyReason
  readonly stopping: AbortSignal | undefined
  readonly retryAfterMs: number | false
  readonly listPools: boolean
}

/** Each value with its reason. */
export const readinessHandlerDefaults: ReadinessHandling = Object.freeze({
  unreadyFrom: 'lagging', // what a pool calls not ready is not ready, unless somebody says otherwise
  stopping: undefined,
  retryAfterMs: 1_000, // the pool looks for a lost server at least that often after a short outage
  listPools: true, // who looks wants to know which
} satisfies ReadinessHandling)

/** @throws {OptionsError} that names every problem at once */
export function resolveReadinessHandlerOptions(options: unknown): ReadinessHandling {
  const defaults = readinessHandlerDefaults
  const problems = new OptionProblems()
  const given = copyOptions(options, problems)
  const reader = new OptionReader('', given, problems)
  const { stopping } = given
  if (stopping !== undefined && !(stopping instanceof AbortSignal)) {
    problems.add('stopping', stopping, 'an AbortSignal')
  }
  const handling: ReadinessHandling = {
    unreadyFrom: reader.oneOf('unreadyFrom', unreadyReasons, defaults.unreadyFrom),
    stopping: stopping as AbortSignal | undefined,
    retryAfterMs: reader.numberOrOff(
      'retryAfterMs',
      { min: 1_000, max: 3_600_000 },
      defaults.retryAfterMs,
    ),
    listPools: reader.boolean('listPools', defaults.listPools),
  }
  reader.rejectUnknown(['stopping'])
  problems.throwIfAny()
  return Object.freeze(handling)
}
