import type { ConnectionFacts, DetectCondition } from '../../src/issues/connection-facts.ts'
import type {
  ConnectionIssue,
  IssueSeverity,
  IssueType,
} from '../../src/issues/connection-issue.ts'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import type { ServerReport } from '../../src/metrics/server-report.ts'
import { type Thresholds, thresholdDefaults } from '../../src/options/threshold-options.ts'
import { createFakeClock, type FakeClock } from '../fake-clock.ts'

/** One connection whose conditions are judged sweep by sweep, as a monitor does it. */
export interface Sweeps {
  readonly clock: FakeClock
  readonly metrics: ConnectionHealthMetrics
  facts: Partial<ConnectionFacts>
  /** One sweep; gives back the open issue. */
  sweep(): ConnectionIssue | undefined
  /** Severity after each of these reports of the server, a second apart; `-` for no open issue. */
  severities(reports: readonly ServerReport[]): string
  /** How often an issue was raised so far. */
  readonly raised: number
}

export function createSweeps(
  type: IssueType,
  detect: DetectCondition,
  thresholds: Partial<Thresholds> = {},
): Sweeps {
  const clock = createFakeClock()
  const metrics = new ConnectionHealthMetrics(clock)
  const log = new IssueLog()
  let raised = 0
  const sweeps: Sweeps = {
    clock,
    metrics,
    facts: {},
    get raised() {
      return raised
    },
    sweep: () => {
      metrics.renew(clock.now())
      const facts = { ...factsOf(metrics, clock.now()), ...sweeps.facts }
      const verdict = detect(facts, { ...thresholdDefaults, ...thresholds }, log.get(type, 1))
      if (verdict === 'over') log.clear(type, 1, clock.now())
      else if (verdict !== undefined && log.sight(verdict, 1, clock.now()).raised) raised += 1
      return log.get(type, 1)
    },
    severities: (reports) => {
      const seen = reports.map((report) => {
        clock.advance(1_000)
        metrics.reportServer(report)
        return sweeps.sweep()?.severity ?? '-'
      })
      return seen.join(' ')
    },
  }
  return sweeps
}

/** What a sweep knows of a connection that does nothing. */
export function factsOf(metrics: ConnectionHealthMetrics, now: number): ConnectionFacts {
  return {
    metrics,
    now,
    leasedMs: undefined,
    quietMs: undefined,
    holder: { leasedBy: undefined, isListening: false },
    transactionMs: undefined,
    idleInTransactionMs: undefined,
    othersErrorRatio: undefined,
  }
}

/** An open issue of one severity, as far as a detector looks at it. */
export function openIssue(
  type: IssueType,
  severity: IssueSeverity,
  evidence = {},
): ConnectionIssue {
  const issue = {
    type,
    scope: 'connection',
    severity,
    evidence,
    id: 1,
    detectedAt: 0,
    lastSeenAt: 0,
  }
  return issue as unknown as ConnectionIssue
}
