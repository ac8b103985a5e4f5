import type { ConnectionIssue, IssueType } from '../issues/connection-issue.ts'
import type { HighLatencyEvidence, IssueEvidence } from '../issues/issue-evidence.ts'
import type { Operation } from '../metrics/operation.ts'
import { explainBlocked, explainBlocking } from './explain-lock.ts'
import { count, duration, mebibytes, percent, significant } from './in-words.ts'

/** One clause per type, to follow `Connection 3 is unhealthy: `. */
const clauses: { readonly [Type in IssueType]: (evidence: IssueEvidence[Type]) => string } = {
  high_latency: explainLatency,
  error_rate: ({ faults, attempts, lowerRatio, othersRatio }) => {
    const others = othersRatio === undefined ? '' : `, the others have ${percent(othersRatio)}`
    const found = `about ${count(faults, 'fault')} in ${count(attempts, 'recent statement')}`
    return `${found}, at least ${percent(lowerRatio)} for certain${others}`
  },
  timeouts: ({ timeouts, attempts, lowerRatio }) => {
    const found = `about ${count(timeouts, 'timeout')} in ${count(attempts, 'recent statement')}`
    return `${found}, at least ${percent(lowerRatio)} for certain`
  },
  deadlocks: ({ perMinute, limitPerMinute }) =>
    `${significant(perMinute)} deadlocks per minute (limit ${significant(limitPerMinute)})`,
  disconnections: ({ lostLastMinute, max }) =>
    `the pool lost ${count(lostLastMinute, 'connection')} in the last minute, of at most ${max}`,
  idle_in_transaction: ({ idleMs, limitMs, xminAge }) => {
    const behind = xminAge === undefined ? '' : count(xminAge, 'later transaction')
    const spared = behind === '' ? '' : `, and vacuum has to spare what ${behind} left`
    return `its transaction has had nothing to do for ${duration(idleMs)} (limit ${duration(limitMs)})${spared}`
  },
  blocking: explainBlocking,
  blocked: explainBlocked,
  resource_usage: ({ backendMemoryBytes, limitBytes }) =>
    `its backend uses ${mebibytes(backendMemoryBytes)} (limit ${mebibytes(limitBytes)})`,
  locks_held: explainLocks,
  stale_plan: ({ sqlState }) => `its prepared statements do not fit the tables (${sqlState})`,
  stale_statistics: ({ tables, worstTable, modifiedRows, liveRows }) =>
    `the planner's statistics are out of date for ${count(tables, 'table')}, ` +
    `most for ${worstTable}: ${count(modifiedRows, 'row')} of ${liveRows} changed since`,
  connection_leak: ({ leasedMs, limitMs, leasedBy }) =>
    `it was lent ${duration(leasedMs)} ago and never came back (limit ${duration(limitMs)})${place(leasedBy)}`,
  pool_exhaustion: ({ waiting: others, leased, max }) => {
    const more = others === 0 ? '' : `; ${others} more ${others === 1 ? 'waits' : 'wait'}`
    return `callers waited in vain while ${leased} of ${max} connections were lent${more}`
  },
  transaction_leak: ({ status, leasedMs, leasedBy }) => {
    const transaction = status === 'E' ? 'a failed transaction' : 'a transaction'
    return `released inside of ${transaction} after ${duration(leasedMs)}${place(leasedBy)}`
  },
  unresponsive: ({ waitedMs, during }) => `no answer within ${duration(waitedMs)} (${during})`,
  wrong_role: explainRole,
  server_slow: ({ ratio, sampleRuns }) =>
    `all connections are ${significant(ratio)} times slower than usual, ` +
    `over ${count(sampleRuns, 'statement')}`,
  server_unreachable: explainUnreachable,
  flapping: ({ evictions, heldBackMs }) =>
    `${count(evictions, 'replacement')} in a row did not help, ` +
    `so it is left alone for ${duration(heldBackMs)}`,
}

/** What the issue is about, as a clause with its numbers. */
export function explainIssue(issue: ConnectionIssue): string {
  // Sound for each type; the compiler does not follow that type and evidence belong together.
  const clause = clauses[issue.type] as (evidence: ConnectionIssue['evidence']) => string
  return clause(issue.evidence) + running(issue.operation)
}

function explainLatency(evidence: HighLatencyEvidence): string {
  switch (evidence.basis) {
    case 'duel': {
      const { lost, pairs, probe, suspectMs, referenceMs, reference } = evidence
      const beside = reference === 'peer' ? 'a sound connection' : 'its replacement'
      const times = `${duration(suspectMs)} beside ${duration(referenceMs)}`
      return `it lost ${lost} of ${pairs} ${probe} probes against ${beside}, ${times}`
    }
    case 'stalls': {
      const { stalls, runs } = evidence
      const found = `${count(stalls, 'time')} in ${count(runs, 'statement')}`
      return `it stalled ${found}, the others did not`
    }
    case 'ageing': {
      const { uses, ageMs, suspectMs, referenceMs } = evidence
      const times = `${duration(suspectMs)} beside the ${duration(referenceMs)} of a fresh one`
      return `it has aged in ${duration(ageMs)} and ${count(uses, 'use')}: ${times}`
    }
    case 'limit': {
      const { p95Ms, limitMs } = evidence
      return `5 % of its statements take ${duration(p95Ms)} or more (limit ${duration(limitMs)})`
    }
    default:
      return evidence satisfies never
  }
}

function explainLocks(evidence: IssueEvidence['locks_held']): string {
  if (evidence.basis === 'count') {
    return `it holds ${count(evidence.locksHeld, 'lock')} (limit ${evidence.limit})`
  }
  const { oldestLockMs, limitMs } = evidence
  return `it has held a lock for ${duration(oldestLockMs)} (limit ${duration(limitMs)})`
}

function explainUnreachable(evidence: IssueEvidence['server_unreachable']): string {
  const { failures, lastError, silentMs } = evidence
  const silent = silentMs === undefined ? [] : [`has said nothing for ${duration(silentMs)}`]
  const why = lastError === undefined ? '' : ` (${lastError})`
  const refused =
    failures === 0 ? [] : [`took no connection ${count(failures, 'time')} in a row${why}`]
  return `the server ${[...silent, ...refused].join(' and ')}`
}

function explainRole({ sqlState, inHotStandby, wanted }: IssueEvidence['wrong_role']): string {
  if (sqlState !== undefined) return `its server refuses writes (${sqlState})`
  const other = wanted === 'standby' ? 'a primary' : 'read-only'
  return `its server is ${inHotStandby ? 'a standby' : other}, where ${wanted} is wanted`
}

function running(operation: Operation | undefined): string {
  return operation === undefined ? '' : `; it ran ${operation.kind} ${operation.queryId}`
}

function place(leasedBy: string | undefined): string {
  return leasedBy === undefined ? '' : `; leased by ${leasedBy}`
}
