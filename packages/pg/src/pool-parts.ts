import { ConnectionHealthMonitor, ConnectionRecycler, ConnectionSupervisor } from '@hale/core'
import type pg from 'pg'
import { clientConfig } from './client-config.ts'
import { registerClient } from './connection-handle.ts'
import { createDiagnosticsMirror } from './diagnostics.ts'
import { LiveMode } from './live-mode.ts'
import { watchLiveOptions } from './live-options.ts'
import type { ResolvedPoolOptions } from './options.ts'
import { PoolEngine } from './pool/engine.ts'
import type { EngineOptions, EnginePorts, PoolEvents } from './pool/engine-ports.ts'
import { LeakWatch } from './pool/leak-watch.ts'
import { MemoryWatch } from './pool/memory-watch.ts'
import type { PoolableClient } from './pool/poolable-client.ts'
import { SupervisedPool } from './pool/supervised-pool.ts'
import { isBrief, Sweeper } from './pool/sweeper.ts'
import { RunningTime } from './running-time.ts'
import { Sentinels } from './sentinel/sentinels.ts'
import { systemTime } from './time-source.ts'

/** What a pool is made of. */
export interface PoolParts {
  /** Live, as pg-pool keeps them. */
  readonly options: EngineOptions
  readonly time: RunningTime
  readonly monitor: ConnectionHealthMonitor
  readonly recycler: ConnectionRecycler
  readonly engine: PoolEngine
  readonly supervisor: ConnectionSupervisor
  readonly sweeper: Sweeper
  /** `undefined` where the server is not to be asked. */
  readonly sentinels: Sentinels | undefined
  readonly memory: MemoryWatch
  /** What `pool.mode` reads and writes. */
  readonly mode: LiveMode
}

/** The pool as its parts see it. */
export interface PoolFace {
  /** Live, as pg-pool keeps them. */
  readonly options: pg.PoolConfig
  readonly events: PoolEvents
  createClient(options: pg.ClientConfig): unknown
}

/** Makes the parts of a pool, joins them and sets them going. */
export function createPoolParts(
  { config, health: resolvedHealth, recycling, policy, target }: ResolvedPoolOptions,
  { options, events, createClient }: PoolFace,
): PoolParts {
  const health = { ...resolvedHealth } // every part reads this one, so that its mode can change
  const time = new RunningTime(systemTime)
  const random = Math.random
  const engineOptions = options as unknown as EngineOptions
  const hooks = config as unknown as EnginePorts['hooks']
  const monitor = new ConnectionHealthMonitor({
    clock: time,
    health,
    mirror: createDiagnosticsMirror(),
  })
  const recycler = new ConnectionRecycler({ recycling, mode: health.mode, random })
  const engine: PoolEngine = new PoolEngine({
    options: engineOptions,
    health,
    policy,
    target,
    overlap: recycling.overlap,
    hooks,
    time,
    random,
    monitor,
    recycler,
    events: {
      ...events,
      ...(target.hosts.length > 0 && { connect: followingHosts(events.connect, options) }),
      ...(isBrief(engineOptions.idleTimeoutMillis) && {
        release: (error, client) => {
          events.release(error, client)
          sweeper.sweepWhenIdle()
        },
      }),
    },
    createClient: (address) => {
      const client = createClient(clientConfig(options, address)) as PoolableClient
      registerClient(client, engine)
      return client
    },
    onReplaced: (oldId, newId, cause) => supervisor.replaced(oldId, newId, cause, time.now()),
  })
  const sentinels =
    policy.sentinel === false
      ? undefined
      : new Sentinels({
          policy: policy.sentinel,
          options,
          time,
          monitor,
          random,
          createClient: (clientOptions) => createClient(clientOptions) as PoolableClient,
          connections: () => engine.connections(),
          onChanged: (change) => {
            engine.roles.doubt()
            monitor.publish({ type: 'server:changed', at: time.now(), ...change })
          },
          onPooled: () => {
            engine.roles.areRolesTold = false
          },
          onBlocked: () => engine.callSites.escalate(),
        })
  const port = new SupervisedPool({ engine, options: engineOptions, time, asker: sentinels })
  const supervisor = new ConnectionSupervisor({ monitor, recycler, health, port })
  const leaks = new LeakWatch({
    leakDetection: policy.leakDetection,
    callSites: engine.callSites,
    connections: () => engine.connections(),
    reclaim: (connection) => engine.reclaim(connection),
  })
  const memory = new MemoryWatch({
    time,
    health,
    holds: engine.holds,
    connections: () => engine.connections(),
    waiting: () => engine.waitingCount,
  })
  const sweeper: Sweeper = new Sweeper({
    engine,
    options: engineOptions,
    health,
    time,
    monitor,
    supervisor,
    leaks,
    memory,
  })
  sweeper.start()
  sentinels?.start()
  time.watch((stalledMs) => engine.thaw(stalledMs))
  watchLiveOptions(engineOptions, () => engine.tend())
  return {
    options: engineOptions,
    mode: new LiveMode(health, recycler),
    time,
    monitor,
    recycler,
    engine,
    supervisor,
    sweeper,
    sentinels,
    memory,
  }
}

/**
 * Has the pool's options name the server that was reached last: whoever opens a client of their own with
 * them, as kysely does to cancel a query, means the one that the pool's clients are connected to.
 */
function followingHosts(
  tell: PoolEvents['connect'],
  options: pg.PoolConfig,
): PoolEvents['connect'] {
  return (client) => {
    const { host, port } = client
    if (host !== undefined) options.host = host
    if (port !== undefined) options.port = port
    tell(client)
  }
}
