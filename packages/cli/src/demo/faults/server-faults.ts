import type { AdminSession } from '../admin-session.ts'
import type { Fault, Occasion, PoolFault, ServerFault } from './fault.ts'
import type { PoolLinks } from './pool-links.ts'
import { listen, stopwatch, tellDeparture, tellIssues, watchUntil } from './watch-outcome.ts'

/** Faults of backends, and of the server where it is ours to restart. */
export function serverFaults(
  admin: AdminSession,
  linksOf: (pool: string) => PoolLinks,
  restart: (() => Promise<void>) | undefined,
): readonly Fault[] {
  const kill = async (processIds: readonly number[]): Promise<void> => {
    await admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [
      processIds,
    ])
  }
  const faults: readonly PoolFault[] = [
    {
      id: 'kill',
      title: 'Kill one backend',
      effect: 'The busiest connection loses its backend, as when somebody ends a session.',
      scope: 'pool',
      async strike(occasion) {
        const { connectionId, processId } = await linksOf(occasion.name).busiest()
        tellDeparture(occasion, connectionId)
        await kill([processId])
        return `Connection ${connectionId} is lost: at most the statement that it ran fails, and the process lives on.`
      },
    },
    {
      id: 'kill-all',
      title: 'Kill all backends',
      effect: 'Every connection of the pool loses its backend at once.',
      scope: 'pool',
      async strike(occasion) {
        const victims = linksOf(occasion.name).victims()
        tellReturn(occasion)
        tellIssues(occasion, ['disconnections'])
        await kill(victims.map(({ processId }) => processId))
        return `${victims.length} connections are lost together; the pool opens new ones at a measured pace and serves who waits.`
      },
    },
  ]
  if (restart === undefined) return faults
  return [...faults, restartFault(restart)]
}

function restartFault(restart: () => Promise<void>): ServerFault {
  return {
    id: 'restart',
    title: 'Restart the server',
    effect: 'PostgreSQL ends every session, stops, and starts again.',
    scope: 'server',
    async strike(occasions) {
      for (const occasion of occasions) tellReturn(occasion)
      restart().catch(() => occasions[0]?.tell('The server did not come back.'))
      return 'Callers wait for the server within their deadline instead of failing at once; the first connection that opens again serves the first of them.'
    },
  }
}

/** Tells when the pool has a new connection, and when somebody got one. */
function tellReturn({ pool, tell, signal }: Occasion): void {
  const took = stopwatch()
  const watch = watchUntil(signal)
  const fresh = new Set<number>()
  listen(pool, 'connection:opened', watch, ({ connectionId }) => {
    fresh.add(connectionId)
  })
  listen(pool, 'connection:leased', watch, ({ connectionId }) => {
    if (!fresh.has(connectionId)) return
    watch.end()
    tell(`The first new connection, ${connectionId}, served a caller after ${took()}.`)
  })
}
