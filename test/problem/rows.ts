import { createFaultProxy, type FaultProxy, terminateBackend, waitFor } from '@hale/testkit'
import pg from 'pg'
import { createLayer, type Layer, type LayerName, type PoolName } from './layers.ts'

/** What a row runs on. */
export interface Scene {
  readonly layer: LayerName
  readonly pool: PoolName
  readonly primary: string
  readonly standby: string
}

/** One row of DESIGN section 1: what happens, and a run that fails exactly when it does. */
export interface Row {
  readonly title: string
  readonly layers: readonly LayerName[]
  run(scene: Scene): Promise<void>
}

/** Longest wait for something that must happen, ms. Hale's own bounds are far below. */
const patienceMs = 5_000

async function within<Result>(what: string, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: nothing within ${patienceMs} ms`)),
      patienceMs,
    )
  })
  return Promise.race([promise, bound]).finally(() => clearTimeout(timer))
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** A session of its own, beside the pool under test. */
async function asAdmin<Result>(
  url: string,
  use: (admin: pg.Client) => Promise<Result>,
): Promise<Result> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.end()
  }
}

async function killBackend(url: string, pid: number): Promise<void> {
  await asAdmin(url, (admin) => terminateBackend(admin, pid))
}

function lastPid(pool: pg.Pool): Promise<number> {
  return new Promise((resolve) => {
    pool.once('acquire', (client) =>
      resolve((client as unknown as { processID: number }).processID),
    )
  })
}

async function throughProxy(
  url: string,
  use: (proxy: FaultProxy, url: string) => Promise<void>,
): Promise<void> {
  const { hostname, port } = new URL(url)
  await using proxy = await createFaultProxy({ host: hostname, port: Number(port) })
  await use(proxy, proxy.connectionString(url))
}

const everyLayer: readonly LayerName[] = ['pg', 'kysely', 'drizzle']

export const rows: Readonly<Record<string, Row>> = {
  'killed-idle-in-transaction': {
    title: 'a backend is killed while its client is idle inside a transaction',
    layers: everyLayer,
    async run({ layer, pool, primary }) {
      const subject = createLayer(layer, pool, { connectionString: primary, max: 2 })
      let committed = false
      const pid = lastPid(subject.pool)
      await subject
        .transaction(async (run) => {
          await run('select 1')
          await killBackend(primary, await pid)
          // the application is busy elsewhere while its connection dies
          await waitFor(() => subject.pool.totalCount > 0)
          await run('select 1')
          committed = true
        })
        .catch(() => {})
      check(!committed, 'a transaction went on over a dead connection')
      await within('a query afterwards', subject.query('select 1'))
      await subject.pool.end()
    },
  },
  'query-timeout-victim': {
    title: 'query_timeout fires, the client is released, the next borrower gets it',
    layers: everyLayer,
    async run({ layer, pool, primary }) {
      const options = { connectionString: primary, max: 1, query_timeout: 300 }
      const subject = createLayer(layer, pool, options)
      // Drizzle closes a connection on any error outside a transaction, so only there it can happen
      const sleep = 'select pg_sleep(60)'
      const timingOut =
        layer === 'drizzle'
          ? subject.transaction((run) => run(sleep) as Promise<void>)
          : subject.query(sleep)
      await timingOut.then(
        () => check(false, 'the timeout did not fire'),
        () => {},
      )
      await within('the next borrower', subject.query('select 1'))
      await subject.pool.end()
    },
  },
  'released-inside-begin': {
    title:
      'a client is released inside BEGIN, and the next borrower runs inside a stranger’s transaction',
    layers: everyLayer,
    async run({ layer, pool, primary }) {
      const subject = createLayer(layer, pool, { connectionString: primary, max: 1 })
      const table = `released_inside_begin_${layer}_${process.pid}`
      await asAdmin(primary, (admin) => admin.query(`create table ${table} (id int)`))
      const client = await subject.pool.connect()
      await client.query('BEGIN')
      client.release()
      await subject.query(`insert into ${table} values (1)`)
      const { rowCount } = await asAdmin(primary, (admin) => admin.query(`select from ${table}`))
      check(rowCount === 1, 'an acknowledged insert is invisible to everybody else')
      await subject.pool.end()
    },
  },
  'black-holed-idle': {
    title: 'an idle connection is black-holed',
    layers: everyLayer,
    async run({ layer, pool, primary }) {
      await throughProxy(primary, async (proxy, url) => {
        const health = { bypassWindowMs: 0 } // as if it had been silent for longer than the window
        const subject = createLayer(layer, pool, { connectionString: url, max: 2, health })
        await subject.query('select 1')
        proxy.links[0]?.freeze()
        await within('the next query', subject.query('select 1'))
        proxy.all.restore()
        await subject.pool.end()
      })
    },
  },
  'black-holed-and-released': {
    title: 'a black-holed client is released with an error while someone waits',
    layers: ['pg'],
    async run({ layer, pool, primary }) {
      await throughProxy(primary, async (proxy, url) => {
        const subject = createLayer(layer, pool, { connectionString: url, max: 1 })
        const client = await subject.pool.connect()
        const waiter = subject.pool.connect()
        proxy.links[0]?.freeze()
        client.release(new Error('the application saw that it hangs'))
        const next = await within('the waiter', waiter)
        next.release()
        await subject.pool.end()
      })
    },
  },
  'unique-violations': {
    title: '50 unique violations cause 50 reconnects',
    layers: ['pg', 'drizzle'],
    async run({ layer, pool, primary }) {
      const subject = createLayer(layer, pool, { connectionString: primary, max: 1 })
      const table = `unique_violations_${layer}_${process.pid}`
      let connects = 0
      subject.pool.on('connect', () => {
        connects += 1
      })
      await subject.pool.query(`create table ${table} (id int primary key)`)
      await subject.pool.query(`insert into ${table} values (1)`)
      const insert = `insert into ${table} values (1)`
      let violations = 0
      for (let n = 0; n < 50; n += 1) {
        const failed = layer === 'pg' ? subject.pool.query(insert) : subject.query(insert)
        await failed.catch(() => {
          violations += 1
        })
      }
      check(violations === 50, `expected 50 violations, got ${violations}`)
      check(connects === 1, `${connects} connects`)
      await subject.pool.end()
    },
  },
  'lifetime-herd': {
    title: '20 connections with maxLifetimeSeconds are dropped together',
    layers: ['pg'],
    async run({ layer, pool, primary }) {
      const recycling = { jitterRatio: 0.5 }
      const health = { sweepIntervalMs: 50 }
      const options = {
        connectionString: primary,
        max: 20,
        maxLifetimeSeconds: 3,
        recycling,
        health,
      }
      const subject = createLayer(layer, pool, options)
      const clients = await Promise.all(Array.from({ length: 20 }, () => subject.pool.connect()))
      const removed = new Promise<number>((resolve) => {
        subject.pool.once('remove', () => resolve(subject.pool.totalCount))
      })
      for (const client of clients) client.release()
      const left = await within('the first end of a lifetime', removed)
      check(left >= 10, `${left} of 20 were left when the first was gone`)
      await subject.pool.end()
    },
  },
  minimum: {
    title: 'min: 10 opens 0 connections and refills none',
    layers: ['pg'],
    async run({ layer, pool, primary }) {
      const subject = createLayer(layer, pool, { connectionString: primary, max: 12, min: 10 })
      const isFull = () => subject.pool.idleCount === 10
      await waitFor(isFull, { timeoutMs: patienceMs, describe: 'min is filled' })
      const client = await subject.pool.connect()
      const { processID } = client as unknown as { processID: number }
      client.release()
      await killBackend(primary, processID)
      await waitFor(isFull, { timeoutMs: patienceMs, describe: 'min is filled again' })
      await subject.pool.end()
    },
  },
  'max-zero': {
    title: 'max: 0 is silently 10',
    layers: ['pg'],
    async run({ layer, pool, primary }) {
      let message = ''
      try {
        createLayer(layer, pool, { connectionString: primary, max: 0 })
      } catch (error) {
        message = (error as Error).message
      }
      check(/max.*at least 1.*got 0/.test(message), `no clear error: '${message}'`)
    },
  },
  'failed-begin': {
    title: 'BEGIN is rejected twice with max: 2, and both connections are leaked',
    layers: ['drizzle'],
    async run({ layer, pool, primary }) {
      const subject = createLayer(layer, pool, { connectionString: primary, max: 2 })
      for (let n = 0; n < 2; n += 1) {
        const begun = await subject
          .transaction(async () => {}, 'no such level')
          .then(
            () => true,
            () => false,
          )
        check(!begun, 'BEGIN was expected to fail')
      }
      await within(
        'a third transaction',
        subject.transaction((run) => run('select 1') as Promise<void>),
      )
      await subject.pool.end()
    },
  },
  'primary-became-standby': {
    title: 'a primary becomes a standby: writes fail with 25006 for ever',
    layers: everyLayer,
    async run({ layer, pool, primary, standby }) {
      const table = `became_standby_${layer}_${process.pid}`
      await asAdmin(primary, (admin) => admin.query(`create table ${table} (id int)`))
      // the address that the application knows led to a server that is a standby now, and leads to the
      // primary again; connections that were opened in between still reach the standby
      await throughProxy(standby, async (proxy, url) => {
        const subject = createLayer(layer, pool, { connectionString: url, max: 1 })
        await subject.query('select 1')
        const { hostname, port } = new URL(primary)
        proxy.setUpstream({ host: hostname, port: Number(port) })
        let refusals = 0
        const write = (): Promise<boolean> =>
          writeOnce(subject, table).then(
            () => true,
            () => {
              refusals += 1
              return false
            },
          )
        while (!(await write()) && refusals < 20);
        check(refusals === 1, `${refusals} writes were refused before one got through`)
        const { rowCount } = await asAdmin(primary, (admin) => admin.query(`select from ${table}`))
        check(rowCount === 1, 'the acknowledged write is not there exactly once')
        await subject.pool.end()
      })
    },
  },
}

async function writeOnce(subject: Layer, table: string): Promise<void> {
  await subject.transaction((run) => run(`insert into ${table} values (1)`) as Promise<void>)
}
