import type { ConnectionHealthAssessment } from '../../src/assessment/connection-health-assessment.ts'
import { HealthClassifier } from '../../src/assessment/health-classifier.ts'
import { type DuelView, noDuels } from '../../src/detection/duel-view.ts'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'
import type { IssueSeverity, IssueSighting } from '../../src/issues/connection-issue.ts'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { unresponsive } from '../../src/issues/unresponsive.ts'
import { ConnectionHealthMetrics } from '../../src/metrics/connection-health-metrics.ts'
import { createFakeClock, type FakeClock } from '../fake-clock.ts'

/** Connection 1 and everything that it is assessed by. */
export interface Subject {
  readonly clock: FakeClock
  readonly metrics: ConnectionHealthMetrics
  readonly log: IssueLog
  duels: Partial<DuelView>
  peers: number
  serve(statements: number, durationMs?: number): void
  fail(sqlState: string, times?: number): void
  sight(sighting: IssueSighting): void
  sightOf(severity: IssueSeverity): void
  /** Each assessment is the previous one of the next. */
  assess(): ConnectionHealthAssessment
}

const classifier = new HealthClassifier()

export function createSubject(): Subject {
  const clock = createFakeClock()
  const metrics = new ConnectionHealthMetrics(clock)
  const log = new IssueLog()
  let previous: ConnectionHealthAssessment | undefined
  const subject: Subject = {
    clock,
    metrics,
    log,
    duels: {},
    peers: 3,
    serve: (statements, durationMs = 1) => {
      for (let index = 0; index < statements; index++) metrics.recordQuery(durationMs)
    },
    fail: (sqlState, times = 1) => {
      for (let index = 0; index < times; index++)
        metrics.recordFault(faultOfSqlState(sqlState, 'ERROR'))
    },
    sight: (sighting) => void log.sight(sighting, 1, clock.now()),
    sightOf: (severity) => subject.sight({ ...unresponsive(1_000, 'probe'), severity }),
    assess: () => {
      const { peers } = subject
      const now = clock.now()
      const duels = { ...noDuels, ...subject.duels }
      const input = { connectionId: 1, metrics, issues: log.open(1), duels, peers, previous, now }
      const assessment = classifier.assess(input)
      if (classifier.statusOf(input) !== assessment.status)
        throw new Error('two different statuses')
      previous = assessment
      return assessment
    },
  }
  return subject
}
