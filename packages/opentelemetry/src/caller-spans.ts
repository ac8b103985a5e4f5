import {
  explainCause,
  type HealthEventEmitter,
  type HealthEventOf,
  type RecycleCause,
} from '@hale/core'
import { type Attributes, type Span, trace } from '@opentelemetry/api'
import { attributeNames as names } from './pool-metrics.ts'

/** Waiting callers whose spans are kept; with more of them the oldest are not told. */
const mostWaiting = 10_000

/** A connection that has just answered. */
interface Verified {
  readonly connectionId: number
  readonly at: number
  readonly rttMs: number
}

/** A connection that will end, or has. */
interface Going {
  readonly connectionId: number
  readonly cause: RecycleCause
}

/** Tells the spans of one pool's callers what happens to them. Keeps only spans that record. */
export class CallerSpans {
  // Invariants: `#holding` and `#fresh` have at most one entry per connection; `#waiting` and `#holding` are
  // empty while nobody traces.
  readonly #pool: Attributes
  readonly #monitor: HealthEventEmitter
  readonly #waiting = new Map<number, Span>()
  readonly #holding = new Map<number, Span>()
  /** Connections that nobody has had yet. */
  readonly #fresh = new Set<number>()
  #verified: Verified | undefined

  constructor(poolName: string, monitor: HealthEventEmitter) {
    this.#pool = { [names.pool]: poolName }
    this.#monitor = monitor
    monitor.on('acquire:queued', this.#queued).on('acquire:timed-out', this.#timedOut)
    monitor.on('connection:opened', this.#opened).on('connection:probed', this.#probed)
    monitor.on('connection:leased', this.#leased).on('connection:released', this.#released)
    monitor.on('connection:condemned', this.#going).on('connection:evicted', this.#going)
    monitor.on('connection:closed', this.#closed)
  }

  stop(): void {
    const monitor = this.#monitor
    monitor.off('acquire:queued', this.#queued).off('acquire:timed-out', this.#timedOut)
    monitor.off('connection:opened', this.#opened).off('connection:probed', this.#probed)
    monitor.off('connection:leased', this.#leased).off('connection:released', this.#released)
    monitor.off('connection:condemned', this.#going).off('connection:evicted', this.#going)
    monitor.off('connection:closed', this.#closed)
    this.#waiting.clear()
    this.#holding.clear()
    this.#fresh.clear()
  }

  readonly #queued = ({ waiterId, waiting }: HealthEventOf<'acquire:queued'>): void => {
    if (waiting === 1) this.#waiting.clear() // whoever is still in there gave up, which no event tells
    const span = recordingSpan()
    if (span === undefined) return
    if (this.#waiting.size >= mostWaiting) this.#forgetBefore(waiterId, 1)
    this.#waiting.set(waiterId, span)
  }

  readonly #timedOut = ({ waiterId, waitedMs }: HealthEventOf<'acquire:timed-out'>): void => {
    const span = this.#waiting.get(waiterId)
    this.#waiting.delete(waiterId)
    this.#tell(span, 'timed_out', { 'hale.connection.wait_ms': waitedMs })
  }

  readonly #opened = ({ connectionId }: HealthEventOf<'connection:opened'>): void => {
    this.#fresh.add(connectionId)
  }

  readonly #probed = ({ connectionId, at, rttMs }: HealthEventOf<'connection:probed'>): void => {
    if (rttMs !== undefined) this.#verified = { connectionId, at, rttMs }
  }

  readonly #leased = (event: HealthEventOf<'connection:leased'>): void => {
    const { connectionId, waiterId } = event
    // Who gets one at once is still running when this is told; who waited is not.
    const span = waiterId === undefined ? recordingSpan() : this.#served(waiterId, event)
    if (span !== undefined) this.#holding.set(connectionId, span)
    if (this.#fresh.size > 0) this.#fresh.delete(connectionId)
  }

  #served(
    waiterId: number,
    { connectionId, at, waitedMs }: HealthEventOf<'connection:leased'>,
  ): Span | undefined {
    if (this.#waiting.size === 0) return undefined
    const span = this.#waiting.get(waiterId)
    this.#waiting.delete(waiterId)
    this.#forgetBefore(waiterId)
    const answer = this.#verified
    const verified = answer?.connectionId === connectionId && answer.at === at ? answer : undefined
    const unverified = this.#fresh.has(connectionId) ? 'opening' : 'release'
    this.#tell(span, 'waited', {
      'hale.connection.wait_ms': waitedMs,
      'hale.connection.waited_for': verified === undefined ? unverified : 'verification',
    })
    if (verified !== undefined) {
      this.#tell(span, 'verified', { 'hale.connection.rtt_ms': verified.rttMs })
    }
    return span
  }

  readonly #going = ({ connectionId, cause }: Going): void => {
    if (cause !== 'lost' && cause !== 'unresponsive') return
    const span = this.#holding.get(connectionId)
    this.#holding.delete(connectionId)
    this.#tell(span, 'lost', { [names.cause]: cause, 'hale.recycle.because': explainCause(cause) })
  }

  readonly #released = ({ connectionId }: { readonly connectionId: number }): void => {
    if (this.#holding.size > 0) this.#holding.delete(connectionId)
  }

  readonly #closed = ({ connectionId }: { readonly connectionId: number }): void => {
    this.#holding.delete(connectionId)
    this.#fresh.delete(connectionId)
  }

  /** Waiters are served in the order in which they came: who came earlier and is still here has given up. */
  #forgetBefore(waiterId: number, most: number = Number.POSITIVE_INFINITY): void {
    let left = most
    for (const earlier of this.#waiting.keys()) {
      if (earlier > waiterId || left === 0) return
      this.#waiting.delete(earlier)
      left -= 1
    }
  }

  #tell(span: Span | undefined, what: string, more: Attributes): void {
    if (span?.isRecording()) span.addEvent(`hale.connection.${what}`, { ...this.#pool, ...more })
  }
}

function recordingSpan(): Span | undefined {
  const span = trace.getActiveSpan()
  return span?.isRecording() ? span : undefined
}
