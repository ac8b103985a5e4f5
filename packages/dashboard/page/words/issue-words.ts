import type { IssueView } from '../../src/state/dashboard-state.ts'

interface IssueWords {
  readonly title: string
  /** As in `1 of 12 connections is slow` and `3 … are slow`. */
  readonly one: string
  readonly many: string
}

const verbIs = (what: string): Pick<IssueWords, 'one' | 'many'> => ({
  one: `is ${what}`,
  many: `are ${what}`,
})

const words: Readonly<Record<IssueView['type'], IssueWords>> = {
  high_latency: { title: 'Slower than the others', ...verbIs('slow') },
  error_rate: {
    title: 'Fails more often than the others',
    one: 'fails too often',
    many: 'fail too often',
  },
  timeouts: { title: 'Statements time out', one: 'times out', many: 'time out' },
  deadlocks: { title: 'Deadlocks', one: 'meets deadlocks', many: 'meet deadlocks' },
  disconnections: { title: 'Connections are lost', ...verbIs('being lost') },
  idle_in_transaction: {
    title: 'Idle inside of a transaction',
    ...verbIs('idle inside of a transaction'),
  },
  blocking: { title: 'Blocks others', one: 'blocks others', many: 'block others' },
  blocked: { title: 'Waits for a lock', one: 'waits for a lock', many: 'wait for locks' },
  resource_usage: {
    title: 'Backend uses much memory',
    one: 'uses much memory',
    many: 'use much memory',
  },
  locks_held: {
    title: 'Holds locks for long',
    one: 'holds locks for long',
    many: 'hold locks for long',
  },
  stale_plan: { title: 'Plans are stale', one: 'has stale plans', many: 'have stale plans' },
  stale_statistics: {
    title: 'Table statistics are stale',
    one: 'meets stale statistics',
    many: 'meet stale statistics',
  },
  connection_leak: { title: 'Never came back', ...verbIs('most likely leaked') },
  pool_exhaustion: { title: 'Pool is exhausted', one: 'is exhausted', many: 'are exhausted' },
  transaction_leak: {
    title: 'Released inside of a transaction',
    one: 'came back inside of a transaction',
    many: 'came back inside of a transaction',
  },
  unresponsive: { title: 'Does not answer', one: 'does not answer', many: 'do not answer' },
  wrong_role: {
    title: 'Server has the wrong role',
    one: 'reaches a server of the wrong role',
    many: 'reach a server of the wrong role',
  },
  server_slow: { title: 'The server is slow', ...verbIs('slow with the server') },
  server_unreachable: {
    title: 'The server cannot be reached',
    one: 'cannot reach the server',
    many: 'cannot reach the server',
  },
  flapping: {
    title: 'Replacing did not help',
    ...verbIs('not replaced again for now'),
  },
}

/** The issue's name for a heading; a type of a later version by its own name. */
export function issueTitle(type: IssueView['type']): string {
  return words[type]?.title ?? type
}

/** What the connections do, as the end of a sentence. */
export function issuePredicate(type: IssueView['type'], connections: number): string {
  const found = words[type]
  if (found === undefined) return connections === 1 ? 'is unhealthy' : 'are unhealthy'
  return connections === 1 ? found.one : found.many
}
