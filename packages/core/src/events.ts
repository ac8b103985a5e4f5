import type {
  ConnectionHealthAssessment,
  HealthStatus,
} from './assessment/connection-health-assessment.ts'
import type { Fault } from './faults/fault.ts'
import type { ConnectionIssue } from './issues/connection-issue.ts'
import type { EvictCause, RecycleCause, RetireCause } from './recycling/recycle-cause.ts'

interface Fact<Type extends string> {
  readonly type: Type
  /** When it happened, monotonic ms. */
  readonly at: number
}
interface ConnectionFact<Type extends string> extends Fact<Type> {
  readonly connectionId: number
}

/** Everything that a pool and its monitor tell the outside: past facts, one flat object each. */
export type HealthEvent =
  | (ConnectionFact<'connection:opened'> & {
      readonly openMs: number
      readonly processId: number | undefined
      /** The connection that leaves, or may leave, for it; `undefined` for one that replaces none. */
      readonly replaces: number | undefined
    })
  | (ConnectionFact<'connection:open-failed'> & { readonly fault: Fault; readonly openMs: number })
  | (ConnectionFact<'connection:leased'> & {
      readonly waitedMs: number
      /** Names the caller in `acquire:queued`; `undefined` for one that got it at once. */
      readonly waiterId: number | undefined
    })
  | (ConnectionFact<'connection:released'> & { readonly leasedMs: number })
  | (ConnectionFact<'connection:condemned'> & { readonly cause: RecycleCause })
  | (ConnectionFact<'connection:probed'> & {
      readonly rttMs: number | undefined
      readonly ok: boolean
    })
  | (ConnectionFact<'connection:retired'> & { readonly cause: RetireCause; readonly ageMs: number })
  | (ConnectionFact<'connection:evicted'> & { readonly cause: EvictCause; readonly ageMs: number })
  | (ConnectionFact<'connection:closed'> & {
      readonly cause: RecycleCause
      readonly ageMs: number
      readonly hard: boolean
    })
  | (Fact<'acquire:queued'> & {
      /** Unique within one pool. */
      readonly waiterId: number
      readonly waiting: number
    })
  | (Fact<'acquire:timed-out'> & {
      readonly waiterId: number
      readonly waitedMs: number
      readonly waiting: number
    })
  | (Fact<'issue:raised'> & { readonly issue: ConnectionIssue; readonly connectionId?: number })
  | (Fact<'issue:cleared'> & { readonly issue: ConnectionIssue; readonly connectionId?: number })
  | (ConnectionFact<'assessment:changed'> & {
      readonly from: HealthStatus
      readonly assessment: ConnectionHealthAssessment
    })
  | (Fact<'sweep:finished'> & { readonly connections: number; readonly tookMs: number })
  | (Fact<'server:changed'> & {
      readonly inHotStandby: boolean | undefined
      readonly serverVersion: string | undefined
    })
  | (Fact<'breaker:opened'> & { readonly failures: number })
  | Fact<'breaker:closed'>
  | (Fact<'pool:closed'> & {
      /** Connections that were closed under holders who had not released them in time. */
      readonly closedHard: number
    })

export type HealthEventType = HealthEvent['type']

/** The event of one type. */
export type HealthEventOf<Type extends HealthEventType> = Extract<HealthEvent, { type: Type }>
