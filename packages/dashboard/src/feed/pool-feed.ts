import type { PoolSnapshot, Readiness } from '@hale/pg'
import type { DashboardPool } from '../dashboard-pool.ts'
import type { DashboardTime } from '../dashboard-time.ts'
import { intervalOf } from '../history/interval-durations.ts'
import { LatencyTracks } from '../history/latency-tracks.ts'
import { SampleRing } from '../history/sample-ring.ts'
import { blockViews } from '../state/block-views.ts'
import { connectionCell } from '../state/connection-cells.ts'
import type { PoolView, TimelineEntry } from '../state/dashboard-state.ts'
import { issueViews } from '../state/issue-views.ts'
import { TimelineRecorder } from '../timeline/timeline-recorder.ts'
import { jsonObject } from './json-object.ts'

/** What is sent whole whenever it is not as it was. */
type Parts = Omit<PoolView, 'series' | 'timeline'>

/** The pool as it was looked at last, and what came before that. */
interface Look {
  readonly snapshot: PoolSnapshot
  readonly readiness: Readiness
  readonly mode: PoolView['mode']
  readonly timeline: readonly TimelineEntry[]
  /** How many there were so far. */
  readonly samples: number
}

/** Looks at one pool, remembers its last hour, and tells all of it or what has changed, as JSON. */
export class PoolFeed {
  // Invariant: what is told, of whichever call, is the pool at the latest look and nothing later.
  readonly #pool: DashboardPool
  readonly #recorder: TimelineRecorder
  readonly #samples: SampleRing
  readonly #tracks: LatencyTracks = new LatencyTracks()
  #sampled: { readonly snapshot: PoolSnapshot; readonly at: number }
  #before: Look
  #look: Look
  /** By part, of the latest look that was told; made only where somebody asks. */
  #told: { readonly look: Look; readonly parts: ReadonlyMap<string, string> } | undefined

  constructor(pool: DashboardPool, time: DashboardTime, capacity: number) {
    this.#pool = pool
    this.#recorder = new TimelineRecorder(pool, time)
    this.#samples = new SampleRing(capacity)
    this.#look = this.#lookAt(pool.snapshot())
    this.#before = this.#look
    this.#sampled = { snapshot: this.#look.snapshot, at: time.now() }
  }

  /** Looks, and remembers what happened since the last sample. Once per interval. */
  sample(at: number, wallAt: number): void {
    const snapshot = this.#pool.snapshot()
    const { counts, connections, durations } = snapshot
    const interval = intervalOf(this.#sampled.snapshot.durations, durations)
    const seconds = Math.max(1, at - this.#sampled.at) / 1_000
    this.#samples.push({
      at: wallAt,
      statementsPerSecond: interval.statements / seconds,
      meanMs: interval.meanMs,
      p95Ms: interval.p95Ms,
      failuresPerSecond: interval.failures / seconds,
      leased: counts.leased,
      waiting: counts.waiting,
      unhealthy: connections.filter(({ assessment }) => assessment.status === 'unhealthy').length,
    })
    this.#tracks.record(snapshot)
    this.#sampled = { snapshot, at }
    this.#recorder.flush()
    this.#turnTo(snapshot)
  }

  /** Looks without remembering, as after an operator did something. */
  refresh(): void {
    this.#turnTo(this.#pool.snapshot())
  }

  /** The pool could not be looked at: what was told holds on. */
  missed(): void {
    this.#before = this.#look
  }

  /** A `PoolView`. */
  whole(): string {
    const { timeline } = this.#look
    const parts = [
      ...this.#partsTold(),
      ['timeline', JSON.stringify(timeline)],
      ['series', JSON.stringify(this.#samples.since(0))],
    ] as const
    return jsonObject(parts)
  }

  /** What is not as it was at the look before: part of a `PoolView`. */
  changes(): string {
    const known = this.#told?.look === this.#before ? this.#told.parts : new Map<string, string>()
    const parts = [...this.#partsTold()].filter(([name, json]) => known.get(name) !== json)
    const fresh = newEntries(this.#before.timeline, this.#look.timeline)
    if (fresh.length > 0) parts.push(['timeline', JSON.stringify(fresh)])
    if (this.#look.samples > this.#before.samples) {
      parts.push(['series', JSON.stringify(this.#samples.since(this.#before.samples))])
    }
    return jsonObject(parts)
  }

  /** What an operator did, told in the timeline. */
  operated(text: string, connectionId: number | null): void {
    this.#recorder.operated(text, connectionId)
  }

  stop(): void {
    this.#recorder.stop()
  }

  #turnTo(snapshot: PoolSnapshot): void {
    this.#before = this.#look
    this.#look = this.#lookAt(snapshot)
  }

  #lookAt(snapshot: PoolSnapshot): Look {
    return {
      snapshot,
      readiness: this.#pool.readiness(),
      mode: snapshot.mode,
      timeline: this.#recorder.timeline.entries(),
      samples: this.#samples.total,
    }
  }

  #partsTold(): ReadonlyMap<string, string> {
    if (this.#told?.look === this.#look) return this.#told.parts
    const parts = new Map<string, string>()
    for (const [name, part] of Object.entries(this.#parts())) parts.set(name, JSON.stringify(part))
    this.#told = { look: this.#look, parts }
    return parts
  }

  #parts(): Parts {
    const { snapshot, readiness } = this.#look
    const { mode, counts, connections, issues, server, totals, learning } = snapshot
    const { host, port, database } = this.#pool.target
    const wallOf = (at: number): number => this.#recorder.wallOf(at)
    return {
      target: { host, port, database: database ?? null },
      mode,
      readiness,
      counts,
      connections: connections.map((each) => connectionCell(each, this.#tracks)),
      issues: issueViews(issues, this.#pool.monitor.history(), wallOf),
      blocks: blockViews(connections),
      server,
      totals,
      learning,
    }
  }
}

/** Those that were amended included: they are other values. */
function newEntries(
  before: readonly TimelineEntry[],
  now: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const known = new Set(before)
  return now.filter((entry) => !known.has(entry))
}
