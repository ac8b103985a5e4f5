import { createFaultProxy, type FaultProxy, startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { HealthAwarePool, type HealthAwarePoolOptions } from '../src/index.ts'

/** A server of one test file, a proxy of each test in front of it, and a way around both. */
export interface ProxiedWorld {
  readonly server: TestPostgres
  readonly proxy: FaultProxy
  readonly admin: pg.Pool
  /** Every statement that reached the proxy in this test, in order. */
  readonly statements: string[]
  /** A pool that reaches the server through the proxy. */
  createPool(options?: HealthAwarePoolOptions): HealthAwarePool
}

export function setUpProxiedWorld(): ProxiedWorld {
  let server: TestPostgres
  let proxy: FaultProxy
  let admin: pg.Pool
  const statements: string[] = []
  beforeAll(async () => {
    server = await startPostgres()
    admin = new pg.Pool({ connectionString: server.connectionString, max: 2 })
    admin.on('error', () => {}) // pg.Pool's end() may resolve before its last client is gone
  })
  beforeEach(async () => {
    statements.length = 0
    proxy = await createFaultProxy(server, {
      onStatement: (_link, text) => void statements.push(text),
    })
  })
  afterEach(() => proxy?.close())
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })
  return {
    get server() {
      return server
    },
    get proxy() {
      return proxy
    },
    get admin() {
      return admin
    },
    statements,
    createPool: (options) =>
      new HealthAwarePool({
        connectionString: proxy.connectionString(server.connectionString),
        ...options,
      }),
  }
}

export function pidOf(client: pg.PoolClient): number {
  return (client as unknown as { processID: number }).processID
}
