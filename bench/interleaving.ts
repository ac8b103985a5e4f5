import type { Child } from './child.ts'
import type { Sample } from './scenario.ts'
import type { SliceQuestion } from './slice.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** Work that several contenders do in turns. */
export interface Turns<Name extends string> {
  /** The first round's order. */
  readonly names: readonly Name[]
  readonly rounds: number
  /** How long one slice of the slowest contender lasts, about. */
  readonly sliceMs: number
  /** The work is done in multiples of this many. @default 1 */
  readonly batch?: number
  /**
   * Rounds of each set of processes before the first that counts. They go as those that count, with pauses that are
   * as long: what a pool does once it has been idle for a second has the compiler begin again with code that
   * statements share. @default 0
   */
  readonly settlingRounds?: number | undefined
  /**
   * Rounds that one set of processes lasts: each process compiles the same code a little differently, which
   * makes up to 5 % for as long as it lives. @default 4
   */
  readonly roundsPerProcess?: number | undefined
  /** In a process of its own: in one process they share a compiler, which fits the code to the majority. */
  start(name: Name): Child<SliceQuestion, Sample>
}

/** What each contender's slices of one round cost. */
export type Round<Name extends string> = ReadonlyMap<Name, Sample>

export interface Interleaved<Name extends string> {
  /** Units of work per slice in the last rounds, the same for every contender. */
  readonly count: number
  readonly rounds: readonly Round<Name>[]
}

/** One number of one contender over all rounds. */
export interface Compared {
  readonly value: Spread
  /** Spread of the per-round ratios to the baseline; a round's noise hits both sides alike. */
  readonly ratio: Spread
}

interface Contender<Name extends string> {
  readonly name: Name
  readonly process: Child<SliceQuestion, Sample>
}

/**
 * Runs the contenders in short slices, one after the other, and back in reverse order (A B C C B A), so
 * that a drift of the machine falls on all of them alike. The next round begins with the next contender.
 */
export async function takeTurns<Name extends string>(
  turns: Turns<Name>,
): Promise<Interleaved<Name>> {
  const { roundsPerProcess = 4, settlingRounds = 0 } = turns
  const rounds: Round<Name>[] = []
  let count = turns.batch ?? 1
  while (rounds.length < turns.rounds) {
    await using contenders = startContenders(turns)
    count = await calibrate(turns, contenders.all, count)
    for (let settled = 0; settled < settlingRounds; settled += 1) {
      await runRound(rotated(contenders.all, settled), count)
    }
    const until = Math.min(turns.rounds, rounds.length + roundsPerProcess)
    while (rounds.length < until) {
      rounds.push(await runRound(rotated(contenders.all, rounds.length), count))
    }
  }
  return { count, rounds }
}

/** What `read` finds in each round's sample of `name`, beside the same of the baseline's. */
export function compare<Name extends string>(
  rounds: readonly Round<Name>[],
  name: Name,
  baseline: Name,
  read: (sample: Sample) => number,
): Compared {
  const valueIn = (round: Round<Name>, of: Name): number => {
    const sample = round.get(of)
    return sample === undefined ? Number.NaN : read(sample)
  }
  return {
    value: spreadOf(rounds.map((round) => valueIn(round, name))),
    ratio: spreadOf(rounds.map((round) => valueIn(round, name) / valueIn(round, baseline))),
  }
}

function startContenders<Name extends string>({
  names,
  start,
}: Turns<Name>): AsyncDisposable & { readonly all: readonly Contender<Name>[] } {
  const all = names.map((name) => ({ name, process: start(name) }))
  return {
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ process }) => process[Symbol.asyncDispose]()))
    },
  }
}

/** Full slices of each process while it is found how much work fills one. */
const settlingSlices = 5

/** Lets the compiler settle on every contender's code, and finds how much work fills a slice, from `guess` on. */
async function calibrate<Name extends string>(
  { batch = 1, sliceMs }: Turns<Name>,
  contenders: readonly Contender<Name>[],
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

async function runRound<Name extends string>(
  contenders: readonly Contender<Name>[],
  count: number,
): Promise<Round<Name>> {
  const round = new Map<Name, Sample>()
  for (const { name, process } of [...contenders, ...contenders.toReversed()]) {
    const sample = await process.ask({ count })
    const first = round.get(name)
    round.set(name, first === undefined ? sample : sumOf(first, sample))
  }
  return round
}

/** Two slices as one. */
export function sumOf(a: Sample, b: Sample): Sample {
  const sum = { count: a.count + b.count, wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs }
  const { delayMs = Number.NaN, delayP99Ms = Number.NaN } = a
  if (b.delayMs === undefined || b.delayP99Ms === undefined) return sum
  return { ...sum, delayMs: (delayMs + b.delayMs) / 2, delayP99Ms: (delayP99Ms + b.delayP99Ms) / 2 }
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
