import type { Occasion, PoolFault } from './fault.ts'
import type { Holders } from './holders.ts'
import { tellIssues } from './watch-outcome.ts'

/** What a holder runs in its transaction. */
export interface HolderStatements {
  /** Reads something, and locks nothing that others wait for. */
  readonly read: string
  /** Takes a lock that part of the workload waits for. */
  readonly lock: string
}

/** Faults of the application: whoever holds a connection does not do what it should. */
export function holderFaults(holders: Holders, statements: HolderStatements): readonly PoolFault[] {
  return [
    {
      id: 'forget',
      title: 'Leave a transaction open',
      effect: 'A caller begins a transaction and forgets its connection.',
      scope: 'pool',
      async strike(occasion) {
        tellIssues(occasion, ['connection_leak', 'idle_in_transaction'])
        const held = await hold(occasion, holders, statements.read)
        return `${held} is held in an open transaction by somebody who forgot it: the issues are idle_in_transaction and connection_leak, the latter with the line of code that leased it.`
      },
    },
    {
      id: 'lock',
      title: 'Take a lock that others wait for',
      effect: 'A caller locks rows that the workload changes, and keeps its transaction open.',
      scope: 'pool',
      async strike(occasion) {
        tellIssues(occasion, ['blocking', 'blocked'])
        const held = await hold(occasion, holders, statements.lock)
        return `${held} holds the lock: the dashboard shows who waits for whom, as the server tells it, and nobody is condemned for waiting.`
      },
    },
  ]
}

/** Has somebody hold a connection; gives back its name. */
async function hold(occasion: Occasion, holders: Holders, statement: string): Promise<string> {
  const processId = await holders.hold(occasion.pool, statement)
  const { connections } = occasion.pool.snapshot()
  const held = connections.find((connection) => connection.processId === processId)
  return held === undefined ? 'A connection' : `Connection ${held.connectionId}`
}
