import {
  type ConformanceAbortable,
  type ConformanceSubject,
  type ConformanceTransaction,
  testConformance,
} from '@hale/testkit/conformance'
import type pg from 'pg'
import Cursor from 'pg-cursor'
import { HealthAwarePool, withHealthAwareTransaction } from '../src/index.ts'

testConformance({
  name: 'plain pg',
  streams: true,
  hooks: ['onConnect'],
  aborts: [{ name: 'signal', cancels: true, queued: true }],
  open: (settings, hooks) => createSubject(new HealthAwarePool({ ...settings, ...hooks })),
})

function createSubject(pool: HealthAwarePool): ConformanceSubject {
  return {
    pool,
    query: async (sql) => (await pool.query(sql)).rows,
    transaction: (use, settings) =>
      withHealthAwareTransaction(pool, (client) => use(transactionOn(client)), settings),
    stream: (sql, chunkSize) => stream(pool, sql, chunkSize),
    abortable: () => abortableOn(pool),
    close: async () => {},
  }
}

function transactionOn(client: pg.PoolClient): ConformanceTransaction {
  return { query: async (sql) => (await client.query(sql)).rows }
}

function abortableOn(pool: HealthAwarePool): ConformanceAbortable {
  return {
    query: async (text, signal) => (await pool.query({ text, signal })).rows,
    transaction: (use, signal) =>
      withHealthAwareTransaction(pool, (client) => use(transactionOn(client)), { signal }),
  }
}

/** As the README has it: a lease for as long as the rows are read. */
async function* stream(
  pool: HealthAwarePool,
  sql: string,
  chunkSize: number,
): AsyncGenerator<Record<string, unknown>> {
  await using lease = await pool.lease()
  const cursor = lease.client.query(new Cursor<Record<string, unknown>>(sql))
  try {
    for (;;) {
      const rows = await cursor.read(chunkSize)
      if (rows.length === 0) return
      yield* rows
    }
  } finally {
    await cursor.close()
  }
}
