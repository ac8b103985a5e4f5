import type { IssueEvidence } from '../issues/issue-evidence.ts'
import type { BackendView } from '../metrics/backend-view.ts'
import { count, duration } from './in-words.ts'

/** Backends that are told of one by one. */
const maxTold = 3

/** Who waits for what this connection holds: both sides, by line of code where that is known. */
export function explainBlocking(evidence: IssueEvidence['blocking']): string {
  const { blocksCount, blockingMs, leasedBy, waiters } = evidence
  const others = blocksCount === undefined ? 'others wait' : waiting(blocksCount)
  const found = `${others} for what it holds, the longest for ${duration(blockingMs)}`
  return `${found}${site(leasedBy)}${list('waiting', waiters)}`
}

/** Who holds what this connection waits for: both sides, by line of code where that is known. */
export function explainBlocked(evidence: IssueEvidence['blocked']): string {
  const { blockedMs, blockedByPids, leasedBy, blockers } = evidence
  const by = blockedByPids.length === 0 ? 'another backend' : `pid ${blockedByPids.join(', ')}`
  const found = `it has waited ${duration(blockedMs)} for what ${by} holds`
  return `${found}${site(leasedBy)}${list('holding it', blockers)}`
}

function site(leasedBy: string | undefined): string {
  return leasedBy === undefined ? '' : `, leased by ${leasedBy}`
}

function list(role: string, views: readonly BackendView[]): string {
  const rest = views.length > maxTold ? `; and ${views.length - maxTold} more` : ''
  const each = views.slice(0, maxTold).map((view) => `; ${role}: ${describe(view)}`)
  return each.join('') + rest
}

function describe(view: BackendView): string {
  const { pid, application, statement, state, waitingMs, connectionId, pool, leasedBy } = view
  const of = application === undefined || application === '' ? '' : ` of ${application}`
  const inPool = pool === undefined ? '' : ` of pool ${pool}`
  const here = connectionId === undefined ? '' : ` (connection ${connectionId}${inPool})`
  const told = [`pid ${pid}${of}${here}`]
  if (state !== undefined) told.push(state)
  if (waitingMs !== undefined) told.push(`for ${duration(waitingMs)}`)
  if (statement !== undefined && statement !== '') told.push(`with ${statement}`)
  return told.join(', ') + site(leasedBy)
}

function waiting(blocksCount: number): string {
  return `${count(blocksCount, 'backend')} ${Math.round(blocksCount) === 1 ? 'waits' : 'wait'}`
}
