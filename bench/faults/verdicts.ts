import { type ContenderName, isHale } from '../contenders/contender.ts'
import type { Fault } from './fault.ts'
import type { Cell } from './measure.ts'

/** What must never happen on Hale, whatever the fault. */
const never = ['died', 'stuck', 'leaked', 'lost', 'doubled', 'strays', 'sentTwice'] as const

/** Failures that were nobody's fate. */
export function failedBeyond({ failures, unavoidable }: Cell): number {
  return failures - unavoidable
}

/** What must not have happened to a cell of Hale's and did, however long things took; empty when all is well. */
export function brokenInvariants(cell: Cell): readonly string[] {
  const broken: string[] = []
  for (const measure of never) {
    const found = cell[measure]
    if (found !== undefined && found !== 0) broken.push(`${measure}: ${found}`)
  }
  if (failedBeyond(cell) > 0) broken.push(`failed beyond the unavoidable: ${failedBeyond(cell)}`)
  return broken
}

/** What a cell of Hale's does not keep of what Hale promises; empty when all is kept. */
export function brokenPromises({ promised }: Fault, cell: Cell): readonly string[] {
  const broken = [...brokenInvariants(cell)]
  const within = (what: string, found: number | undefined, bound: number | undefined): void => {
    if (bound === undefined || (found !== undefined && found <= bound)) return
    broken.push(
      `${what}: ${found === undefined ? 'never' : `${Math.round(found)} ms`}, not within ${bound} ms`,
    )
  }
  if (cell.kept) broken.push('a broken link was kept')
  within('detected', cell.detectedMs, promised.detectMs)
  within('healed', cell.healedMs, promised.healMs)
  within('longest stall', cell.longestStallMs, promised.stallMs)
  return broken
}

/** A measure in which someone else did better than Hale in the same place. */
export interface Defeat {
  readonly fault: string
  readonly measure: ComparedMeasure
  readonly hale: ContenderName
  readonly by: ContenderName
  readonly haleValue: number
  readonly byValue: number
}

export type ComparedMeasure =
  | 'died'
  | 'failed beyond the unavoidable'
  | 'broken link kept'
  | 'longest stall'
  | 'time to heal'
  | 'stuck'
  | 'leaked'
  | 'lost'
  | 'doubled'
  | 'strays'
  | 'sent twice'

interface Comparison {
  readonly measure: ComparedMeasure
  /** Less is better; infinite for never. */
  of(cell: Cell): number
  /** Differences up to that much are the machine's: ms, or a share of the larger one. */
  readonly noiseMs?: number
}

/** Two cores that everybody shares make a difference of that much by themselves. */
const stallNoiseMs = 400
const healNoiseMs = 1_500

const comparisons: readonly Comparison[] = [
  { measure: 'died', of: ({ died }) => (died === undefined ? 0 : 1) },
  { measure: 'failed beyond the unavoidable', of: failedBeyond },
  { measure: 'broken link kept', of: ({ kept }) => Number(kept) },
  { measure: 'longest stall', of: ({ longestStallMs }) => longestStallMs, noiseMs: stallNoiseMs },
  {
    measure: 'time to heal',
    of: ({ healedMs = Number.POSITIVE_INFINITY }) => healedMs,
    noiseMs: healNoiseMs,
  },
  { measure: 'stuck', of: ({ stuck }) => stuck },
  { measure: 'leaked', of: ({ leaked }) => leaked },
  { measure: 'lost', of: ({ lost }) => lost },
  { measure: 'doubled', of: ({ doubled }) => doubled },
  { measure: 'strays', of: ({ strays }) => strays },
  { measure: 'sent twice', of: ({ sentTwice }) => sentTwice },
]

/** The Hale that stands where the contender stands: with the same ORM, or with none. */
function counterpartOf(name: ContenderName): ContenderName {
  if (name === 'kysely') return 'hale-kysely'
  return name === 'drizzle' ? 'hale-drizzle' : 'hale-pg'
}

/** Whoever did better than its counterpart, beyond the noise of the machine. Who died has no other figures. */
export function defeatsOf(cells: readonly Cell[]): readonly Defeat[] {
  return cells.flatMap((cell) => {
    const by = cell.contender as ContenderName
    if (isHale(by) || cell.died !== undefined) return []
    const hale = counterpartOf(by)
    const own = cells.find(({ fault, contender }) => fault === cell.fault && contender === hale)
    if (own === undefined) return []
    return comparisons.flatMap(({ measure, of, noiseMs = 0 }) => {
      const [haleValue, byValue] = [of(own), of(cell)]
      if (!(haleValue > byValue + noiseMs)) return []
      return [{ fault: cell.fault, measure, hale, by, haleValue, byValue }]
    })
  })
}

/** How a contender fared in a fault, from the worst that happened to it. */
export type Grade =
  | 'died'
  | 'corrupted'
  | 'stuck'
  | 'leaked'
  | 'failed'
  | 'kept'
  | 'stalled'
  | 'well'

/** Worst first. */
export const grades: readonly Grade[] = [
  'died',
  'corrupted',
  'stuck',
  'leaked',
  'failed',
  'kept',
  'stalled',
  'well',
]

/** A wait that callers notice as one, ms. */
const stalledMs = 3_000

export function gradeOf(cell: Cell): Grade {
  if (cell.died !== undefined) return 'died'
  if (cell.lost + cell.doubled + cell.strays + cell.sentTwice > 0) return 'corrupted'
  if (cell.stuck > 0) return 'stuck'
  if (cell.leaked > 0) return 'leaked'
  if (failedBeyond(cell) > 0) return 'failed'
  if (cell.kept) return 'kept'
  return cell.longestStallMs > stalledMs ? 'stalled' : 'well'
}
