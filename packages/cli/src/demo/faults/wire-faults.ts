import type { WireProxy } from '../proxy/wire-proxy.ts'
import type { Fault, Occasion } from './fault.ts'
import type { PoolLinks } from './pool-links.ts'
import { listen, tellDeparture, tellIssues, watchUntil } from './watch-outcome.ts'

/** What is added to each round trip of one connection, and of all, ms. */
const SLOW_LINK_MS = 60
const SLOW_SERVER_MS = 60

/** Faults of the wire to one connection, and to all. */
export function wireFaults(
  proxy: WireProxy,
  linksOf: (pool: string) => PoolLinks,
): readonly Fault[] {
  return [
    {
      id: 'freeze',
      title: 'Freeze one connection',
      effect:
        'The busiest connection becomes a black hole: no byte passes, and no end of it either.',
      scope: 'pool',
      async strike(occasion) {
        const { connectionId, link } = await linksOf(occasion.name).busiest()
        link.freeze()
        tellDeparture(occasion, connectionId)
        return `Connection ${connectionId} answers nothing any more: it is found out without a timeout of the application, and leaves as unresponsive or lost; its story is in the timeline.`
      },
    },
    {
      id: 'slow',
      title: 'Slow one connection down',
      effect: `Each round trip of the busiest connection takes ${SLOW_LINK_MS} ms more.`,
      scope: 'pool',
      async strike(occasion) {
        const { connectionId, link } = await linksOf(occasion.name).busiest()
        link.delay(SLOW_LINK_MS)
        tellDeparture(occasion, connectionId)
        tellIssues(occasion, ['high_latency'])
        return `Connection ${connectionId} is told apart from its peers by duels over the same statements, confirmed by probes in pairs, and leaves when it has lost those; its story is in the timeline.`
      },
    },
    {
      id: 'slow-all',
      title: 'Slow the whole server down',
      effect: `Each round trip of every connection takes ${SLOW_SERVER_MS} ms more, until everything is put right.`,
      scope: 'server',
      async strike(occasions) {
        proxy.delayAll(SLOW_SERVER_MS)
        for (const occasion of occasions) {
          tellIssues(occasion, ['server_slow'])
          tellUnjust(occasion)
        }
        return 'All are slow alike, so no connection is to blame: the issue is server_slow, and nobody is condemned for latency.'
      },
    },
  ]
}

/** Tells of a connection that leaves as slow, which none should while all are. */
function tellUnjust(occasion: Occasion): void {
  const watch = watchUntil(occasion.signal)
  listen(occasion.pool, 'connection:evicted', watch, ({ connectionId, cause }) => {
    if (cause !== 'latency' && cause !== 'stalls') return
    watch.end()
    occasion.tell(`Connection ${connectionId} was evicted for ${cause}, which should not be.`)
  })
}
