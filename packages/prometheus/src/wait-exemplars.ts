import { durationBoundsMs, type HealthEventOf, type WatchedPool } from '@hale/core'

/** What leads from a bucket to a trace, as in `{ trace_id, span_id }`. */
export type ExemplarLabels = Readonly<Record<string, string>>

/** One wait that fell into a bucket, as prom-client prints it. */
export interface Exemplar {
  readonly labelSet: ExemplarLabels
  /** Seconds. */
  readonly value: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** Callers in line of whom labels are kept. Of those who gave up nobody tells, so the oldest go first. */
const maxWaiting = 1_024
/** What OpenMetrics lets names and values of an exemplar's labels have together, in characters. */
const maxCharacters = 128
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * The latest wait of each bucket, with labels of the caller who waited. The caller is asked for them when it
 * gets into line, as only then its own trace is active: the connection is lent while another one is.
 */
export class WaitExemplars {
  readonly #labelsNow: () => ExemplarLabels | undefined
  readonly #waiting = new Map<number, ExemplarLabels>()
  /** As many as there are buckets. */
  readonly #latest: (Exemplar | undefined)[] = []

  constructor(labelsNow: () => ExemplarLabels | undefined) {
    this.#labelsNow = labelsNow
  }

  /** The latest of this bucket, counted from 0; `undefined` for none. */
  of(bucket: number): Exemplar | undefined {
    return this.#latest[bucket]
  }

  /** Listens until what it gives back is called. */
  listen({ monitor }: Pick<WatchedPool, 'monitor'>): () => void {
    const queued = (event: HealthEventOf<'acquire:queued'>): void => this.#queue(event)
    const leased = (event: HealthEventOf<'connection:leased'>): void => this.#lease(event)
    const timedOut = ({ waiterId }: HealthEventOf<'acquire:timed-out'>): void => {
      this.#waiting.delete(waiterId)
    }
    monitor.on('acquire:queued', queued)
    monitor.on('connection:leased', leased)
    monitor.on('acquire:timed-out', timedOut)
    return () => {
      monitor.off('acquire:queued', queued)
      monitor.off('connection:leased', leased)
      monitor.off('acquire:timed-out', timedOut)
    }
  }

  #queue({ waiterId }: HealthEventOf<'acquire:queued'>): void {
    const labels = this.#labelsNow()
    if (labels === undefined || !isAllowed(labels)) return
    this.#waiting.set(waiterId, { ...labels })
    if (this.#waiting.size <= maxWaiting) return
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest)
      return
    }
  }

  #lease({ waiterId, waitedMs }: HealthEventOf<'connection:leased'>): void {
    if (waiterId === undefined) return // the hot path: it got one at once
    const labelSet = this.#waiting.get(waiterId)
    if (labelSet === undefined) return
    this.#waiting.delete(waiterId)
    const timestamp = Date.now() / 1_000
    this.#latest[bucketOf(waitedMs)] = { labelSet, value: waitedMs / 1_000, timestamp }
  }
}

function bucketOf(durationMs: number): number {
  const bucket = durationBoundsMs.findIndex((boundMs) => durationMs <= boundMs)
  return bucket === -1 ? durationBoundsMs.length : bucket
}

/** What is not would make the whole scrape unreadable. */
function isAllowed(labels: ExemplarLabels): boolean {
  let characters = 0
  for (const [name, value] of Object.entries(labels)) {
    if (!labelName.test(name) || typeof value !== 'string') return false
    characters += name.length + value.length
  }
  return characters > 0 && characters <= maxCharacters
}
