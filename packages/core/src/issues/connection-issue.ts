import type { Operation } from '../metrics/operation.ts'
import type { IssueEvidence } from './issue-evidence.ts'

export type IssueSeverity = 'info' | 'warning' | 'critical'

/** What an issue is about: one connection, the pool as a whole, or the server behind it. */
export type IssueScope = 'connection' | 'pool' | 'server'

export type IssueType = keyof IssueEvidence

/** A sighting of one type. */
export interface SightingOf<Type extends IssueType> {
  readonly type: Type
  readonly scope: IssueScope
  readonly severity: IssueSeverity
  readonly evidence: IssueEvidence[Type]
}

/** One sighting of a condition: what a detector reports and the issue log turns into an issue. */
export type IssueSighting = { readonly [Type in IssueType]: SightingOf<Type> }[IssueType]

/** Something wrong that holds now, or held until `clearedAt`. A plain value: a copy, never live. */
export type ConnectionIssue = IssueSighting & {
  /** Unique within one monitor. */
  readonly id: number
  /** The connection it is about; `undefined` for the pool and the server. */
  readonly connectionId?: number
  /**
   * What the connection ran when it was seen last, where that is what the issue is about and an adapter
   * announced it.
   */
  readonly operation?: Operation
  /** First sighting, monotonic ms. */
  readonly detectedAt: number
  /** Latest sighting, monotonic ms. */
  readonly lastSeenAt: number
  /** When the condition ended, monotonic ms. */
  readonly clearedAt?: number
}
