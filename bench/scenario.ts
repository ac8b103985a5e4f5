import type pg from 'pg'
import type { Contenders, Role } from './contenders/trio.ts'

/** What one slice cost. */
export interface Sample {
  /** How often the unit of work was done. */
  readonly count: number
  readonly wallMs: number
  /** User and system time of this process, its garbage collection included; not the server's. */
  readonly cpuMs: number
  /** Mean and 99th percentile of how late the event loop was, where that was watched. */
  readonly delayMs?: number
  readonly delayP99Ms?: number
}

/** A ratio to reach: of the subject to the baseline, where nothing else is said. */
export interface Goal {
  readonly name: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** A number that is read off a sample. */
export interface Measure {
  readonly name: string
  readonly unit: string
  readonly goal?: Goal
  of(sample: Sample): number
}

/** One kind of work, done by each contender in turn. */
export interface Case {
  readonly name: string
  readonly pool: pg.PoolConfig
  /** How long one slice of a contender lasts, about. */
  readonly sliceMs: number
  readonly measures: readonly Measure[]
  /** The work is done in multiples of this many. @default 1 */
  readonly batch?: number
  /** Does the work `count` times, a multiple of `batch`. */
  run(pool: pg.Pool, count: number, role: Role): Promise<void>
}

/** Cases that answer one question. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly cases: readonly Case[]
  /** @default the pools themselves */
  readonly contenders?: Contenders
  /** How much the subject's first measure may grow from the first case to the last, by medians. */
  readonly growth?: Goal
}

/** Elapsed time per unit of work. */
export function nsPer(unit: string, goal?: Goal): Measure {
  const of = ({ wallMs, count }: Sample): number => (wallMs * 1e6) / count
  return { name: 'time', unit: `ns/${unit}`, of, ...(goal && { goal }) }
}

/** Work per second. */
export function perSecond(unit: string, goal?: Goal): Measure {
  const of = ({ wallMs, count }: Sample): number => count / (wallMs / 1e3)
  return { name: 'throughput', unit: `${unit}/s`, of, ...(goal && { goal }) }
}

/** CPU time per unit of work. */
export function cpuPer(unit: string, goal?: Goal): Measure {
  const of = ({ cpuMs, count }: Sample): number => (cpuMs * 1e3) / count
  return { name: 'cpu', unit: `µs/${unit}`, of, ...(goal && { goal }) }
}
