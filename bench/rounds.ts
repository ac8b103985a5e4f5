import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type pg from 'pg'
import {
  baseline,
  type Contender,
  type ContenderName,
  closeAll,
  createContenders,
  warm,
} from './contenders.ts'
import type { Case, Measure, Sample } from './scenario.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** One measure of one contender over all rounds. */
export interface Outcome {
  readonly contender: ContenderName
  readonly value: Spread
  /** Spread of the per-round ratios to the baseline; a round's noise hits both sides alike. */
  readonly ratio: Spread
}

export interface CaseResult {
  readonly case: Case
  /** Units of work per slice, the same for every contender. */
  readonly count: number
  readonly measures: readonly { readonly measure: Measure; readonly outcomes: readonly Outcome[] }[]
}

type Round = Map<ContenderName, Sample>

/**
 * Runs the contenders in short slices, one after the other, and back in reverse order (A B C C B A), so
 * that a drift of the machine falls on all of them alike. The next round begins with the next contender.
 */
export async function runCase(
  subjectCase: Case,
  connectionString: string,
  rounds: number,
): Promise<CaseResult> {
  const contenders = createContenders({ connectionString, ...subjectCase.pool })
  try {
    const count = await calibrate(subjectCase, contenders)
    const measured: Round[] = []
    for (let round = 0; round < rounds; round += 1) {
      measured.push(await runRound(subjectCase, rotated(contenders, round), count))
    }
    const measures = subjectCase.measures.map((measure) => ({
      measure,
      outcomes: contenders.map(({ name }) => outcomeOf(measure, name, measured)),
    }))
    return { case: subjectCase, count, measures }
  } finally {
    await closeAll(contenders)
  }
}

/** Lets the compiler settle on every contender's code, then finds how much work fills a slice. */
async function calibrate(subjectCase: Case, contenders: readonly Contender[]): Promise<number> {
  const { batch = 1, sliceMs } = subjectCase
  let count = batch
  for (;;) {
    let slowestMs = 0
    for (const { pool } of contenders) {
      const { wallMs } = await runSlice(subjectCase, pool, count)
      slowestMs = Math.max(slowestMs, wallMs)
    }
    if (slowestMs >= sliceMs / 2) {
      return batch * Math.max(1, Math.round((count * sliceMs) / slowestMs / batch))
    }
    count *= 2
  }
}

async function runRound(
  subjectCase: Case,
  contenders: readonly Contender[],
  count: number,
): Promise<Round> {
  const round: Round = new Map()
  for (const { name, pool } of [...contenders, ...contenders.toReversed()]) {
    const sample = await runSlice(subjectCase, pool, count)
    const first = round.get(name)
    round.set(name, first === undefined ? sample : sumOf(first, sample))
  }
  return round
}

async function runSlice({ run }: Case, pool: pg.Pool, count: number): Promise<Sample> {
  await warm(pool)
  collectGarbage() // of the contender before
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(pool, count)
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { count, wallMs, cpuMs: (user + system) / 1e3 }
}

function sumOf(a: Sample, b: Sample): Sample {
  return { count: a.count + b.count, wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs }
}

function outcomeOf(measure: Measure, contender: ContenderName, rounds: readonly Round[]): Outcome {
  const valueIn = (round: Round, name: ContenderName): number => {
    const sample = round.get(name)
    return sample === undefined ? Number.NaN : measure.of(sample)
  }
  return {
    contender,
    value: spreadOf(rounds.map((round) => valueIn(round, contender))),
    ratio: spreadOf(rounds.map((round) => valueIn(round, contender) / valueIn(round, baseline))),
  }
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
