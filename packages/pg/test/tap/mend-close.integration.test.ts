import {
  endPools,
  startPostgres,
  type TestPostgres,
  terminateBackend,
  untilLost,
} from '@hale/testkit'
import pg from 'pg'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HealthAwarePool } from '../../src/index.ts'

// pg-cursor's own close() never ends after the death of the backend: each of these would time out

let server: TestPostgres
let admin: pg.Client
let pool: HealthAwarePool
beforeAll(async () => {
  server = await startPostgres()
  admin = new pg.Client(server.connectionString)
  await admin.connect()
})
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})
beforeEach(() => {
  pool = new HealthAwarePool({ connectionString: server.connectionString, max: 1 })
})
afterEach(() => endPools([pool]))

const manyRows = "select n, repeat('x', 1000) as filler from generate_series(1, 20000) as n"

async function kill(): Promise<number> {
  const pid = pool.snapshot().connections[0]?.processId ?? -1
  await terminateBackend(admin, pid)
  return pid
}

describe('closing a cursor whose backend has died', () => {
  it('ends where that was noticed before', async () => {
    const client = await pool.connect()
    const cursor = client.query(new Cursor(manyRows))
    await cursor.read(3)
    await untilLost(pool, await kill())
    await expect(cursor.read(3)).rejects.toThrow()
    await cursor.close()
    await new Promise((resolve) => cursor.close(resolve))
    client.release()
  })

  it('ends where that is noticed while it is being closed', async () => {
    const client = await pool.connect()
    const cursor = client.query(new Cursor(manyRows))
    await cursor.read(3)
    await kill()
    await cursor.close()
    client.release()
  })

  it('tells the reader of a stream, and ends the stream', async () => {
    const client = await pool.connect()
    const read = async (): Promise<void> => {
      let rows = 0
      for await (const _row of client.query(new QueryStream(manyRows, [], { batchSize: 2 }))) {
        rows += 1
        if (rows === 3) await kill()
      }
    }
    await expect(read()).rejects.toThrow()
    client.release()
  })
})

it('closes a cursor of a sound connection as pg-cursor does', async () => {
  const client = await pool.connect()
  const cursor = client.query(new Cursor(manyRows))
  await cursor.read(3)
  expect(await cursor.close()).toBeUndefined()
  expect(await client.query('select 1')).toMatchObject({ rowCount: 1 })
  client.release()
})
