import type { IssueSeverity } from '@hale/core'
import type { DatabaseFacts } from './facts/database-facts.ts'

/** `critical` needs doing now, `warning` soon; `info` is good to know. */
export type FindingSeverity = IssueSeverity

/** Something about a database that is worth a sentence. */
export interface Finding<Id extends string = string> {
  /** Stable, as in `sessions.blocked`. */
  readonly id: Id
  readonly severity: FindingSeverity
  /** What is, in one line. */
  readonly title: string
  /** Why it matters. */
  readonly reason: string
  /** What to do. */
  readonly fix: string
  /** The numbers behind it. */
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Looks at one subject. Pure. */
export interface Check<Id extends string = string> {
  /** Everything that it may find, with its meaning for the manual. */
  readonly finds: Readonly<Record<Id, string>>
  examine(facts: DatabaseFacts): readonly Finding<Id>[]
}

const ranks: Readonly<Record<FindingSeverity, number>> = { critical: 0, warning: 1, info: 2 }

/** The most severe first; those of one severity stay in their order. */
export function bySeverity(one: Finding, other: Finding): number {
  return ranks[one.severity] - ranks[other.severity]
}
