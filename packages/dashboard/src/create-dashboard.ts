import { type DashboardOptions, resolveDashboardOptions } from './dashboard-options.ts'
import type { DashboardPools } from './dashboard-pool.ts'
import { type DashboardTime, systemTime } from './dashboard-time.ts'
import { PoolsFeed } from './feed/pools-feed.ts'
import { Viewers } from './feed/viewers.ts'
import { textAnswer } from './http/answers.ts'
import { createFetchHandler, type FetchHandler } from './http/fetch-handler.ts'
import { createNodeHandler, type NodeHandler } from './http/node-handler.ts'
import type { Portal } from './http/portal.ts'
import { Site } from './http/site.ts'

/** A live page of pools. Bound functions, so that they can be handed on as they are. */
export interface Dashboard extends Disposable {
  /**
   * For `http.createServer`, Express and Connect. Calls `next` for a path that is none of the dashboard's,
   * or answers 404 where there is no `next`.
   */
  readonly handler: NodeHandler
  /**
   * For Hono, Next.js, Deno, Bun and whatever else speaks Fetch. `info` says who asks, which a `Request`
   * does not; without it, and without `allowRemote`, nobody is answered.
   */
  readonly fetch: FetchHandler
  /** Stops watching, ends the streams, and answers 503 from now on. The pools are left alone. */
  close(): void
}

/**
 * Watches `pools` from now on and shows them. Keeps no process alive, and costs callers nothing: one timer
 * takes one snapshot of each pool per interval.
 *
 * @throws {OptionsError} that names every problem at once, as `authorize` missing
 */
export function createDashboard(pools: DashboardPools, options: DashboardOptions): Dashboard {
  return assembleDashboard(pools, options, systemTime)
}

/** The same on any clock. */
export function assembleDashboard(
  pools: DashboardPools,
  options: DashboardOptions,
  time: DashboardTime,
): Dashboard {
  const policy = resolveDashboardOptions(options)
  const { historyMs, intervalMs, maxViewers } = policy
  const capacity = Math.ceil(historyMs / intervalMs)
  const feed: PoolsFeed = new PoolsFeed(pools, time, {
    intervalMs,
    capacity,
    onLook: (delta) => viewers.send(delta),
  })
  const viewers = new Viewers(maxViewers, time)
  const site = new Site(feed, viewers, policy)
  const portal = createPortal(site, feed, viewers, policy.basePath)
  const close = (): void => {
    site.close()
    feed.stop()
    viewers.stop()
  }
  return {
    handler: createNodeHandler(portal),
    fetch: createFetchHandler(portal),
    close,
    [Symbol.dispose]: close,
  }
}

function createPortal(site: Site, feed: PoolsFeed, viewers: Viewers, basePath: string): Portal {
  return {
    basePath: basePath.replace(/\/+$/, ''),
    async answer(asked, place) {
      if (place === undefined) return textAnswer(404, 'There is nothing here.')
      if ('path' in place) return site.answer(asked, place.path)
      return textAnswer(308, 'The page is one slash further.', { location: place.redirect })
    },
    join(viewer) {
      viewers.join(viewer, feed.state())
      return () => viewers.leave(viewer)
    },
  }
}
