import type { ConnectionIssue } from '../issues/connection-issue.ts'
import type { ConnectionHealthAssessment } from './connection-health-assessment.ts'

/** The assessment in one or two sentences for a person; no SQL, no values, no secrets. */
export function explain(assessment: ConnectionHealthAssessment): string {
  const subject = `Connection ${assessment.connectionId}`
  const { attempts, faults, peers } = assessment.evidence
  switch (assessment.status) {
    case 'unknown':
      return `${subject} has too little evidence: ${count(attempts, 'statement')} so far.`
    case 'healthy':
      return `${subject} is healthy: ${count(attempts, 'statement')}, ${count(peers, 'peer')}.`
    case 'degraded':
      return `${subject} is degraded: ${reasons(assessment, 'warning') ?? faultsOf(faults)}.`
    case 'unhealthy':
      return `${subject} is unhealthy: ${reasons(assessment, 'critical') ?? 'no issue is open'}.`
    default:
      return assessment.status satisfies never
  }
}

function reasons(
  { issues }: ConnectionHealthAssessment,
  severity: ConnectionIssue['severity'],
): string | undefined {
  const texts = issues.filter((issue) => issue.severity === severity).map(reasonOf)
  return texts.length === 0 ? undefined : texts.join(', ')
}

function reasonOf(issue: ConnectionIssue): string {
  switch (issue.type) {
    case 'high_latency': {
      const { probeFloorMs, peersProbeFloorMs, peers } = issue.evidence
      const beside = `${count(peers, 'peer')} with ${ms(peersProbeFloorMs)}`
      return `its probes take ${ms(probeFloorMs)}, beside ${beside}`
    }
    case 'unresponsive':
      return `no answer within ${ms(issue.evidence.waitedMs)} (${issue.evidence.during})`
    case 'wrong_role':
      return `its server refuses writes (${issue.evidence.sqlState})`
    case 'transaction_leak':
      return `released inside of a transaction after ${ms(issue.evidence.leasedMs)}`
    default:
      return issue.type.replaceAll('_', ' ')
  }
}

function faultsOf(faults: number): string {
  return `about ${count(Math.max(1, Math.round(faults)), 'fault')} of its own in the last minutes`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

function ms(durationMs: number): string {
  return `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`
}
