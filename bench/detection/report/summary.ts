import type { ContenderName } from '../contenders/create-contender.ts'
import type { FaultRecord } from '../runner/recorder.ts'
import type { Outcome } from '../runner/run.ts'

/** Half of the values are at or below `median`, 95 % at or below `p95`. */
export interface Spread {
  readonly median: number
  readonly p95: number
}

/** What some runs of one contender came to. */
export interface Summary {
  readonly contender: ContenderName
  readonly runs: number
  readonly statements: number
  readonly faults: number
  readonly found: number
  /** Share of faulty connections that were found; `undefined` without any. */
  readonly recall: number | undefined
  readonly trueRecycles: number
  readonly falseRecycles: number
  /** Share of recycles for a fault that hit a faulty connection; `undefined` without any. */
  readonly precision: number | undefined
  readonly falsePerMillion: number
  /** From the fault's beginning until it was found, of those that were; `undefined` without any. */
  readonly detectMs: Spread | undefined
  readonly detectStatements: Spread | undefined
  /** Runs in which too many sound connections were recycled within 30 s. */
  readonly massRuns: number
  /** What it asked of a connection per hour, and candidates that it had opened. */
  readonly asked: Readonly<Record<'networkProbes' | 'backendProbes' | 'candidates', number>>
}

export function summarise(contender: ContenderName, outcomes: readonly Outcome[]): Summary {
  const own = outcomes.filter((outcome) => outcome.contender === contender)
  const faults = own.flatMap((outcome) => outcome.faults)
  const found = faults.filter(({ foundAt }) => foundAt !== undefined)
  const statements = sum(own.map((outcome) => outcome.statements))
  const trueRecycles = sum(own.map((outcome) => outcome.trueRecycles))
  const falseRecycles = sum(own.map((outcome) => outcome.falseRecycles.length))
  const hours = sum(own.map((outcome) => outcome.connections * outcome.simulatedMs)) / 3_600_000
  const perHour = (of: (outcome: Outcome) => number): number => {
    return hours === 0 ? 0 : sum(own.map(of)) / hours
  }
  return {
    contender,
    runs: own.length,
    statements,
    faults: faults.length,
    found: found.length,
    recall: shareOf(found.length, faults.length),
    trueRecycles,
    falseRecycles,
    precision: shareOf(trueRecycles, trueRecycles + falseRecycles),
    falsePerMillion: statements === 0 ? 0 : (falseRecycles * 1e6) / statements,
    detectMs: spreadOf(found.map(timeToFind)),
    detectStatements: spreadOf(found.map((fault) => fault.statements ?? 0)),
    massRuns: own.filter((outcome) => outcome.isMassRecycling).length,
    asked: {
      networkProbes: perHour((outcome) => outcome.networkProbes),
      backendProbes: perHour((outcome) => outcome.backendProbes),
      candidates: perHour((outcome) => outcome.candidates),
    },
  }
}

function timeToFind({ foundAt, beganAt }: FaultRecord): number {
  return (foundAt ?? Number.NaN) - beganAt
}

function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const quantile = (share: number): number | undefined => {
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  }
  const median = quantile(0.5)
  const p95 = quantile(0.95)
  return median === undefined || p95 === undefined ? undefined : { median, p95 }
}
