import type { DetectCondition } from './connection-facts.ts'
import type { ConnectionIssue, SightingOf } from './connection-issue.ts'
import type { HighLatencyEvidence } from './issue-evidence.ts'
import { isOff, judgeLimit, limitOf } from './judge-limit.ts'

/** A 95th percentile of fewer statements is merely the slowest of them. */
const minStatements = 20

type EvidenceOf<Basis extends HighLatencyEvidence['basis']> = Omit<
  Extract<HighLatencyEvidence, { readonly basis: Basis }>,
  'basis'
>

/** It keeps losing pairs of probes against a sound connection. */
export function slowByDuel(evidence: EvidenceOf<'duel'>): SightingOf<'high_latency'> {
  return critical({ basis: 'duel', ...evidence })
}

/** It stalls now and then, and the others do not. */
export function stalling(evidence: EvidenceOf<'stalls'>): SightingOf<'high_latency'> {
  return critical({ basis: 'stalls', ...evidence })
}

/** It has been in use for so long that a fresh connection is faster. */
export function ageing(evidence: EvidenceOf<'ageing'>): SightingOf<'high_latency'> {
  return critical({ basis: 'ageing', ...evidence })
}

function critical(evidence: HighLatencyEvidence): SightingOf<'high_latency'> {
  return { type: 'high_latency', scope: 'connection', severity: 'critical', evidence }
}

/** Its statements reach a static limit. Leaves alone what duels, stalls or ageing showed. */
export const detectHighLatency: DetectCondition = ({ metrics, now }, thresholds, open) => {
  const limit = thresholds.latencyMs
  if (open === undefined ? isOff(limit) : !isByLimit(open)) return undefined
  const p95Ms = metrics.quantileMs(0.95, now)
  // nothing is left of the evidence: an idle connection would keep its issue for ever
  if (p95Ms === undefined) return open === undefined ? undefined : 'over'
  if (open === undefined && metrics.latencyWeight(now) < minStatements) return undefined
  const verdict = judgeLimit(p95Ms, limit, open?.severity)
  if (verdict === undefined || verdict === 'over') return verdict
  const evidence = { basis: 'limit', p95Ms, limitMs: limitOf(limit, verdict) } as const
  return { type: 'high_latency', scope: 'connection', severity: verdict, evidence }
}

function isByLimit(issue: ConnectionIssue): boolean {
  return issue.type === 'high_latency' && issue.evidence.basis === 'limit'
}
