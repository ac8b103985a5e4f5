import type { IssueSeverity } from '../issues/connection-issue.ts'
import type {
  AssessmentEvidence,
  ConnectionHealthAssessment,
  StatusReason,
} from './connection-health-assessment.ts'
import { explainIssue } from './explain-issue.ts'
import { count, duration, percent, significant } from './in-words.ts'

/**
 * The assessment in one or two sentences for a person; no values, no secrets, and of SQL no more than
 * the normal forms of statements that block or wait.
 */
export function explain(assessment: ConnectionHealthAssessment): string {
  const { connectionId, evidence } = assessment
  const alone = evidence.peers === 0 ? ' There is no other connection to compare it with.' : ''
  return `Connection ${connectionId} ${predicate(assessment)}.${alone}`
}

function predicate(assessment: ConnectionHealthAssessment): string {
  const { status, evidence } = assessment
  switch (status) {
    case 'unknown': {
      const { attempts, probes } = evidence
      const seen = `${count(attempts, 'statement')} and ${count(probes, 'probe')} so far`
      return `has too little evidence: ${seen}`
    }
    case 'healthy':
      return `is healthy: ${measured(evidence)}`
    case 'degraded':
      return `is degraded: ${clausesOf(assessment).join('; ')}`
    case 'unhealthy':
      return `is unhealthy: ${clausesOf(assessment).join('; ')}`
    default:
      return status satisfies never
  }
}

function measured(evidence: AssessmentEvidence): string {
  const { attempts, p50Ms, p95Ms, probeFloorMs, duels, meanScore, peers } = evidence
  const parts = [count(attempts, 'statement')]
  if (p50Ms !== undefined && p95Ms !== undefined) {
    parts.push(`half of them within ${duration(p50Ms)}, 95 % within ${duration(p95Ms)}`)
  }
  if (probeFloorMs !== undefined) parts.push(`probes from ${duration(probeFloorMs)}`)
  if (meanScore !== undefined) {
    parts.push(`a mean score of ${signed(meanScore)} in ${count(duels, 'duel')}`)
  }
  if (peers > 0) parts.push(count(peers, 'peer'))
  return parts.join(', ')
}

function clausesOf(assessment: ConnectionHealthAssessment): readonly string[] {
  return assessment.evidence.reasons.flatMap((reason) => clausesFor(reason, assessment))
}

function clausesFor(
  reason: StatusReason,
  assessment: ConnectionHealthAssessment,
): readonly string[] {
  switch (reason) {
    case 'critical-issue':
      return issueClauses(assessment, 'critical')
    case 'warning-issue':
      return issueClauses(assessment, 'warning')
    case 'suspicion':
      return [suspicionOf(assessment.evidence)]
    case 'faults':
      return [faultsOf(assessment.evidence)]
    default:
      return reason satisfies never
  }
}

function issueClauses(
  { issues }: ConnectionHealthAssessment,
  severity: IssueSeverity,
): readonly string[] {
  return issues.filter((issue) => issue.severity === severity).map(explainIssue)
}

function suspicionOf(evidence: AssessmentEvidence): string {
  const { shiftSuspicion, tailSuspicion, errorSuspicion, meanScore, isBeingConfirmed } = evidence
  const checked = isBeingConfirmed ? ', and is being compared with a sound one' : ''
  const strongest = Math.max(shiftSuspicion, tailSuspicion, errorSuspicion)
  if (strongest < 0.01) return 'it is being compared with a sound one'
  const share = `${percent(strongest)} of what makes a suspect${checked}`
  switch (strongest) {
    case errorSuspicion:
      return `it fails more often than the others, ${share}`
    case tailSuspicion:
      return `it stalls more often than the others, ${share}`
    default: {
      const score = meanScore === undefined ? '' : ` (mean score ${signed(meanScore)})`
      return `it is slower than the others${score}, ${share}`
    }
  }
}

function faultsOf({ faults, errorRatio }: AssessmentEvidence): string {
  const share = errorRatio === undefined ? '' : `, ${percent(errorRatio)} of its statements`
  return `about ${count(Math.max(1, faults), 'fault')} of its own in the last minutes${share}`
}

function signed(score: number): string {
  return `${score < 0 ? '−' : '+'}${significant(Math.abs(score))}`
}
