import {
  type EvictCause,
  explainCause,
  type HealthEventEmitter,
  type HealthEventOf,
  type RecycleCause,
} from '@hale/core'
import { type Attributes, type Span, trace } from '@opentelemetry/api'
import { attributeNames as names } from './pool-metrics.ts'

/** Waiting callers whose spans are kept; with more of them the oldest are not told. */
const mostWaiting = 10_000

/** What ended a wait: a connection became free, or one was opened or verified for somebody. */
type WaitedFor = 'release' | 'opening' | 'verification'

/** A connection that has just become fit to be lent. */
interface Fit {
  readonly connectionId: number
  readonly at: number
  readonly waitedFor: WaitedFor
  readonly rttMs: number | undefined
}

/** Tells the spans of one pool's callers what happens to them. Keeps only spans that record. */
export class CallerSpans {
  // Invariants: `#holding` has at most one span per leased connection; both are empty while nobody traces.
  readonly #pool: Attributes
  readonly #monitor: HealthEventEmitter
  readonly #waiting = new Map<number, Span>()
  readonly #holding = new Map<number, Span>()
  #fit: Fit | undefined

  constructor(poolName: string, monitor: HealthEventEmitter) {
    this.#pool = { [names.pool]: poolName }
    this.#monitor = monitor
    monitor.on('acquire:queued', this.#queued).on('acquire:timed-out', this.#timedOut)
    monitor.on('connection:opened', this.#opened).on('connection:probed', this.#probed)
    monitor.on('connection:leased', this.#leased).on('connection:released', this.#over)
    monitor.on('connection:condemned', this.#going).on('connection:evicted', this.#going)
    monitor.on('connection:closed', this.#over)
  }

  stop(): void {
    const monitor = this.#monitor
    monitor.off('acquire:queued', this.#queued).off('acquire:timed-out', this.#timedOut)
    monitor.off('connection:opened', this.#opened).off('connection:probed', this.#probed)
    monitor.off('connection:leased', this.#leased).off('connection:released', this.#over)
    monitor.off('connection:condemned', this.#going).off('connection:evicted', this.#going)
    monitor.off('connection:closed', this.#over)
    this.#waiting.clear()
    this.#holding.clear()
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

  readonly #opened = ({ connectionId, at }: HealthEventOf<'connection:opened'>): void => {
    this.#fit = { connectionId, at, waitedFor: 'opening', rttMs: undefined }
  }

  readonly #probed = ({ connectionId, at, rttMs }: HealthEventOf<'connection:probed'>): void => {
    if (rttMs !== undefined) this.#fit = { connectionId, at, waitedFor: 'verification', rttMs }
  }

  readonly #leased = (event: HealthEventOf<'connection:leased'>): void => {
    const { connectionId, waiterId } = event
    // Who gets one at once is still running when this is told; who waited is not.
    const span = waiterId === undefined ? recordingSpan() : this.#served(waiterId, event)
    if (span !== undefined) this.#holding.set(connectionId, span)
  }

  #served(
    waiterId: number,
    { connectionId, at, waitedMs }: HealthEventOf<'connection:leased'>,
  ): Span | undefined {
    if (this.#waiting.size === 0) return undefined
    const span = this.#waiting.get(waiterId)
    this.#waiting.delete(waiterId)
    this.#forgetBefore(waiterId)
    const fit =
      this.#fit?.connectionId === connectionId && this.#fit.at === at ? this.#fit : undefined
    this.#tell(span, 'waited', {
      'hale.connection.wait_ms': waitedMs,
      'hale.connection.waited_for': fit?.waitedFor ?? 'release',
    })
    if (fit?.rttMs !== undefined)
      this.#tell(span, 'verified', { 'hale.connection.rtt_ms': fit.rttMs })
    return span
  }

  readonly #going = ({
    connectionId,
    cause,
  }: {
    readonly connectionId: number
    readonly cause: RecycleCause
  }): void => {
    if (!isLoss(cause)) return
    const span = this.#holding.get(connectionId)
    this.#holding.delete(connectionId)
    this.#tell(span, 'lost', { [names.cause]: cause, 'hale.recycle.because': explainCause(cause) })
  }

  readonly #over = ({ connectionId }: { readonly connectionId: number }): void => {
    if (this.#holding.size > 0) this.#holding.delete(connectionId)
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

function isLoss(cause: RecycleCause): cause is Extract<EvictCause, 'lost' | 'unresponsive'> {
  return cause === 'lost' || cause === 'unresponsive'
}
