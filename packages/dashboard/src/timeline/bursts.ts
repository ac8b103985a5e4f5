import type { HealthEventOf } from '@hale/core'
import { countInWords, durationInWords } from '@hale/core'
import type { TimelineFact } from './timeline.ts'

/** What happened again and again between two samples. */
interface Burst {
  readonly at: number
  times: number
  /** Of the latest. */
  connectionId: number | null
  text: string
}

/** Callers who waited in vain; `waiting` is how many still did at the latest. */
interface InVain {
  readonly at: number
  times: number
  longestMs: number
  waiting: number
}

/** Failures that come by the hundred, told once per sample rather than once per caller. */
export class Bursts {
  // Invariant: one burst of waiting, and one of opening for each kind of fault, which are a few dozen.
  #timedOut: InVain | undefined
  readonly #failed = new Map<string, Burst>()

  timedOut({ at, waitedMs, waiting }: HealthEventOf<'acquire:timed-out'>): void {
    this.#timedOut ??= { at, times: 0, longestMs: 0, waiting }
    this.#timedOut.times += 1
    this.#timedOut.longestMs = Math.max(this.#timedOut.longestMs, waitedMs)
    this.#timedOut.waiting = waiting
  }

  openFailed({ at, connectionId, fault }: HealthEventOf<'connection:open-failed'>): void {
    const { kind, sqlState } = fault
    const text = `${kind.replaceAll('_', ' ')}${sqlState === undefined ? '' : ` (${sqlState})`}`
    const burst = this.#failed.get(kind) ?? { at, times: 0, connectionId, text }
    burst.times += 1
    burst.connectionId = connectionId
    burst.text = text
    this.#failed.set(kind, burst)
  }

  /** One entry for each burst since the last call, in the order in which they began; `at` is monotonic ms. */
  take(): readonly TimelineFact[] {
    const facts = [...this.#failed.values()].map(openFailedFact)
    if (this.#timedOut !== undefined) facts.push(timedOutFact(this.#timedOut))
    this.#failed.clear()
    this.#timedOut = undefined
    return facts.sort((a, b) => a.at - b.at)
  }
}

function openFailedFact({ at, times, connectionId, text }: Burst): TimelineFact {
  const what = times === 1 ? 'A connection' : countInWords(times, 'connection')
  return {
    at,
    kind: 'open-failed',
    severity: 'warning',
    connectionId: times === 1 ? connectionId : null,
    successorId: null,
    cause: null,
    text: `${what} could not be opened: ${text}.`,
  }
}

function timedOutFact({ at, times, longestMs, waiting }: InVain): TimelineFact {
  const longest = `${times === 1 ? 'for' : 'up to'} ${durationInWords(longestMs)}`
  const what = `${countInWords(times, 'caller')} waited in vain for a connection`
  return {
    at,
    kind: 'timed-out',
    severity: 'critical',
    connectionId: null,
    successorId: null,
    cause: null,
    text: `${what}, ${longest}. ${stillWaiting(waiting)}`,
  }
}

function stillWaiting(waiting: number): string {
  if (waiting === 0) return 'Nobody else waits.'
  return waiting === 1 ? '1 other still waits.' : `${waiting} others still wait.`
}
