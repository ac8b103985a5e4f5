import { examine } from './checks.ts'
import type { DatabaseFacts } from './facts/database-facts.ts'
import type { DoctorFailure } from './failure.ts'
import type { Finding } from './finding.ts'
import { type RecommendedOption, recommendOptions } from './recommend-options.ts'

/** Where the URL leads, without a user or a password. */
export interface DoctorTarget {
  readonly host: string
  readonly port: number
  readonly database: string | undefined
}

/** What `hale doctor --json` prints. Fields are added to a version, never taken away. */
export interface DoctorReport {
  readonly version: 1
  readonly target: DoctorTarget
  /** The most severe first. */
  readonly findings: readonly Finding[]
  /** `null` when the database could not be checked. */
  readonly facts: DatabaseFacts | null
  readonly recommended: readonly RecommendedOption[]
  /** Why it could not be checked. */
  readonly failure: DoctorFailure | null
}

export function reportOn(target: DoctorTarget, facts: DatabaseFacts): DoctorReport {
  return {
    version: 1,
    target,
    findings: examine(facts),
    facts,
    recommended: recommendOptions(facts),
    failure: null,
  }
}

export function reportFailure(target: DoctorTarget, failure: DoctorFailure): DoctorReport {
  return { version: 1, target, findings: [], facts: null, recommended: [], failure }
}
