import {
  createFaultProxy,
  type FaultProxy,
  startPostgres,
  startStandby,
  type TestPostgres,
  type TestStandby,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import { HealthAwareConnectionManager, type ManagerOptions } from '../../src/index.ts'

/** A primary with standbys, each behind a proxy of its own. */
export interface StandbyWorld extends AsyncDisposable {
  readonly primary: TestPostgres
  readonly standbys: readonly TestStandby[]
  /** The primary's first. */
  readonly proxies: readonly FaultProxy[]
  /** Pools `primary`, `replica-1`, … that know one another's servers by nothing but what these say. */
  createManager(options?: ManagerOptions): HealthAwareConnectionManager
  on(server: TestPostgres, ...statements: string[]): Promise<void>
  restore(): Promise<void>
}

export async function startStandbyWorld(count: number): Promise<StandbyWorld> {
  const primary = await startPostgres({ ignoreEnvironment: true })
  const standbys: TestStandby[] = []
  for (let index = 0; index < count; index += 1) standbys.push(await startStandby(primary))
  const proxies = await Promise.all(
    [primary, ...standbys].map((server) => createFaultProxy(server)),
  )
  return {
    primary,
    standbys,
    proxies,
    createManager({ defaults, ...options } = {}) {
      const manager = new HealthAwareConnectionManager({
        ...options,
        defaults: { max: 3, sentinel: { intervalMs: 100 }, ...defaults },
      })
      for (const [index, proxy] of proxies.entries()) {
        const connectionString = proxy.connectionString(primary.connectionString)
        const name = index === 0 ? 'primary' : `replica-${index}`
        manager.register(name, { role: index === 0 ? 'primary' : 'replica', connectionString })
      }
      return manager
    },
    async on(server, ...statements) {
      const client = new pg.Client({ connectionString: server.connectionString })
      client.on('error', () => {})
      await client.connect()
      try {
        for (const statement of statements) await client.query(statement)
      } finally {
        await client.end()
      }
    },
    async restore() {
      for (const proxy of proxies) {
        proxy.all.restore()
        await proxy.refuse(false)
      }
    },
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies) await proxy.close()
      for (const standby of standbys) await standby.stop()
      await primary.stop()
    },
  }
}

/** The names of the pools that the next `count` choices give, each once, in order. */
export function chosen(manager: HealthAwareConnectionManager, count = 6): readonly string[] {
  const names = new Map(manager.names().map((name) => [manager.pool(name), name]))
  const found = Array.from({ length: count }, () => names.get(manager.replica()) ?? '')
  return [...new Set(found)].toSorted()
}

export function lagOf(manager: HealthAwareConnectionManager, name: string): number | undefined {
  return manager.overview().standings.find((standing) => standing.name === name)?.lagMs
}

/** Waits until every replica has said how far it is behind. */
export async function untilMeasured(manager: HealthAwareConnectionManager): Promise<void> {
  const isMeasured = (): boolean =>
    manager
      .overview()
      .standings.every(({ role, lagMs }) => role === 'primary' || lagMs !== undefined)
  await waitFor(isMeasured, { describe: 'a lag of each replica' })
}
