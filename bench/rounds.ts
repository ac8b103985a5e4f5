import { type Child, startChild } from './child.ts'
import type { ContenderTask, SliceQuestion } from './contender-process.ts'
import { type Role, roles } from './contenders/trio.ts'
import type { Case, Measure, Sample, Scenario } from './scenario.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** One measure of one contender over all rounds. */
export interface Outcome {
  readonly role: Role
  readonly value: Spread
  /** Spread of the per-round ratios to the baseline; a round's noise hits both sides alike. */
  readonly ratio: Spread
}

export interface CaseResult {
  readonly case: Case
  /** Units of work per slice in the last rounds, the same for every contender. */
  readonly count: number
  readonly measures: readonly { readonly measure: Measure; readonly outcomes: readonly Outcome[] }[]
}

/** Each in a process of its own: in one process they share a compiler, which fits the code to the majority. */
interface Contender {
  readonly role: Role
  readonly process: Child<SliceQuestion, Sample>
}

type Round = Map<Role, Sample>

/**
 * Rounds that one set of processes lasts: each process compiles the same code a little differently, which
 * makes up to 5 % for as long as it lives.
 */
const roundsPerProcess = 4

/**
 * Runs the contenders in short slices, one after the other, and back in reverse order (A B C C B A), so
 * that a drift of the machine falls on all of them alike. The next round begins with the next contender.
 */
export async function runCase(
  { name: scenario }: Scenario,
  subjectCase: Case,
  connectionString: string,
  rounds: number,
): Promise<CaseResult> {
  const task = { scenario, case: subjectCase.name, connectionString }
  const measured: Round[] = []
  let count = subjectCase.batch ?? 1
  while (measured.length < rounds) {
    await using contenders = startContenders(task)
    count = await calibrate(subjectCase, contenders.all, count)
    const until = Math.min(rounds, measured.length + roundsPerProcess)
    while (measured.length < until) {
      measured.push(await runRound(rotated(contenders.all, measured.length), count))
    }
  }
  const measures = subjectCase.measures.map((measure) => ({
    measure,
    outcomes: roles.map((role) => outcomeOf(measure, role, measured)),
  }))
  return { case: subjectCase, count, measures }
}

function startContenders(
  task: Omit<ContenderTask, 'role'>,
): AsyncDisposable & { readonly all: readonly Contender[] } {
  const program = new URL('./contender-process.ts', import.meta.url)
  const all = roles.map((role): Contender => {
    return { role, process: startChild(program, { ...task, role }) }
  })
  return {
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ process }) => process[Symbol.asyncDispose]()))
    },
  }
}

/** Full slices before the first that counts. */
const settlingSlices = 5

/** Lets the compiler settle on every contender's code, and finds how much work fills a slice, from `guess` on. */
async function calibrate(
  { batch = 1, sliceMs }: Case,
  contenders: readonly Contender[],
  guess: number,
): Promise<number> {
  let count = guess
  for (let settled = 0; settled < settlingSlices; ) {
    let slowestMs = 0
    for (const { process } of contenders) {
      const { wallMs } = await process.ask({ count })
      slowestMs = Math.max(slowestMs, wallMs)
    }
    if (slowestMs < sliceMs / 2) count *= 2
    else {
      count = batch * Math.max(1, Math.round((count * sliceMs) / slowestMs / batch))
      settled += 1
    }
  }
  return count
}

async function runRound(contenders: readonly Contender[], count: number): Promise<Round> {
  const round: Round = new Map()
  for (const { role, process } of [...contenders, ...contenders.toReversed()]) {
    const sample = await process.ask({ count })
    const first = round.get(role)
    round.set(role, first === undefined ? sample : sumOf(first, sample))
  }
  return round
}

function sumOf(a: Sample, b: Sample): Sample {
  return { count: a.count + b.count, wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs }
}

function outcomeOf(measure: Measure, role: Role, rounds: readonly Round[]): Outcome {
  const valueIn = (round: Round, of: Role): number => {
    const sample = round.get(of)
    return sample === undefined ? Number.NaN : measure.of(sample)
  }
  return {
    role,
    value: spreadOf(rounds.map((round) => valueIn(round, role))),
    ratio: spreadOf(rounds.map((round) => valueIn(round, role) / valueIn(round, 'baseline'))),
  }
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
