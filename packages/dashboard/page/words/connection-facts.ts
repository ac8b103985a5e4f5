import type { ConnectionCell } from '../../src/state/dashboard-state.ts'
import { age, bytes, count, duration, integer, list, percent, signed } from './quantities.ts'
import { stateWords } from './status-words.ts'

/** One line of a list of facts. */
export interface Fact {
  readonly name: string
  readonly text: string
}

/** What the duels say, in a sentence. */
export function duelSentence({ evidence }: ConnectionCell): string {
  const { duels, meanScore, peers, isBeingConfirmed } = evidence
  if (peers === 0) return 'There is no other connection to compare it with.'
  if (duels === 0 || meanScore === undefined) {
    return `No statement ran both here and on ${peers === 1 ? 'the other connection' : `one of the ${count(peers, 'other connection')}`} yet, so there is nothing to compare.`
  }
  const against = `${count(duels, 'comparison')} with runs of the same statements on ${count(peers, 'other connection')}`
  const how = meanScore > 1 ? 'clearly slower' : meanScore > 0.5 ? 'somewhat slower' : 'no slower'
  const next = isBeingConfirmed
    ? ' It and a sound one are being asked the same thing at the same time.'
    : ''
  return `In ${against} it was ${how}: ${signed(meanScore)} standard deviations on average.${next}`
}

/** What is known of the connection and of its backend, the telling ones first. */
export function connectionFacts(cell: ConnectionCell): readonly Fact[] {
  const { evidence, backend } = cell
  return present([
    [
      'State',
      cell.condemnedFor === null
        ? stateWords[cell.state]
        : `${stateWords[cell.state]}, condemned for ${cell.condemnedFor}`,
    ],
    ['Held for', cell.leasedMs === null ? undefined : duration(cell.leasedMs)],
    ['Held by', cell.leasedBy ?? undefined],
    [cell.state === 'leased' ? 'Runs' : 'Ran last', operationOf(cell)],
    ['Statement times', timesOf(cell)],
    ['Probe floor', floorOf(cell)],
    ['Faults', evidence.faults < 0.5 ? 'none of its own of late' : faultsOf(cell)],
    [
      'Age',
      `${age(cell.ageMs)}, ${count(cell.uses, 'use')}, ${count(evidence.attempts, 'statement')}`,
    ],
    ['Backend', backendOf(cell)],
    ['Waits for', waitOf(backend)],
    ['Blocks', blocksOf(backend)],
    ['Transaction', transactionOf(backend)],
    ['Locks', locksOf(backend)],
    [
      'Memory',
      backend?.backendMemoryBytes === undefined ? undefined : bytes(backend.backendMemoryBytes),
    ],
    ['Temporary files', backend?.tempBytes ? `${bytes(backend.tempBytes)} written` : undefined],
    [
      'Vacuum',
      backend?.xminAge
        ? `has to spare what ${count(backend.xminAge, 'later transaction')} left`
        : undefined,
    ],
  ])
}

type Backend = ConnectionCell['backend']

function operationOf({ operation }: ConnectionCell): string | undefined {
  return operation == null ? undefined : `${operation.kind} ${operation.queryId}`
}

function timesOf({ p50Ms, p95Ms }: ConnectionCell): string | undefined {
  if (p50Ms === null || p95Ms === null) return undefined
  return `half within ${duration(p50Ms)}, 95\u00a0% within ${duration(p95Ms)}`
}

function floorOf({ evidence, probeMs }: ConnectionCell): string | undefined {
  const floor = evidence.probeFloorMs
  if (floor === undefined) return undefined
  const latest = probeMs === null ? '' : `, the latest took ${duration(probeMs)}`
  return `an empty query takes ${duration(floor)} at least${latest}`
}

function faultsOf({ evidence }: ConnectionCell): string {
  const share =
    evidence.errorRatio === undefined ? '' : `, ${percent(evidence.errorRatio)} of its statements`
  return `about ${count(evidence.faults, 'fault')} of its own of late${share}`
}

function backendOf({ processId, backend }: ConnectionCell): string | undefined {
  const parts = [
    processId === null ? undefined : `pid ${processId}`,
    backend?.state,
    backend?.statementAgeMs === undefined || backend.state !== 'active'
      ? undefined
      : `its statement has run for ${duration(backend.statementAgeMs)}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(', ')
}

function waitOf(backend: Backend): string | undefined {
  if (!backend?.waitEvent) return undefined
  const pids = backend.blockedByPids ?? []
  const by = pids.length === 0 ? '' : `, held by pid ${list(pids.map(String))}`
  const time = backend.blockedMs === undefined ? '' : `, for ${duration(backend.blockedMs)}`
  return `${backend.waitEvent}${by}${time}`
}

function blocksOf(backend: Backend): string | undefined {
  if (!backend?.blocksCount) return undefined
  const time =
    backend.blockingMs === undefined ? '' : `, the longest for ${duration(backend.blockingMs)}`
  return `${count(backend.blocksCount, 'backend')}${time}`
}

function transactionOf(backend: Backend): string | undefined {
  if (backend?.transactionAgeMs === undefined) return undefined
  const idle = backend.idleInTransactionMs
  const doing = idle === undefined ? '' : `, idle for ${duration(idle)} of it`
  return `open for ${duration(backend.transactionAgeMs)}${doing}`
}

function locksOf(backend: Backend): string | undefined {
  if (!backend?.locksHeld) return undefined
  const time =
    backend.oldestLockMs === undefined ? '' : `, the oldest for ${duration(backend.oldestLockMs)}`
  return `${integer(backend.locksHeld)} held${time}`
}

function present(rows: readonly (readonly [string, string | undefined])[]): readonly Fact[] {
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]))
}
