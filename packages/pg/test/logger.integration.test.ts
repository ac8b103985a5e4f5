import { startPostgres, type TestPostgres, terminateBackend, waitFor } from '@hale/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger, HealthAwarePool, type LogSink } from '../src/index.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

it('a logger tells of a lost backend, and nothing of statements or of the connection string', async () => {
  const { connectionString, password } = postgres
  const written: string[] = []
  const write = (level: string) => (fields: unknown, message: unknown) => {
    written.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  const sink: LogSink = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  }
  await using admin = new HealthAwarePool({ connectionString })
  const pool = new HealthAwarePool({ connectionString, max: 1 })
  createLogger(pool.monitor, sink, { pool: 'orders' })
  await expect(pool.query(`select 'hush' / 0`)).rejects.toThrow()
  const { rows } = await pool.query('select pg_backend_pid() as pid, $1::text', ['hush too'])
  await terminateBackend(admin, rows[0].pid)
  await waitFor(() => pool.snapshot().totals.recycles.lost === 1)
  await pool.query('select 1')
  await pool.end()

  const lost = written.find((line) => line.includes('"cause":"lost"')) ?? ''
  expect(lost).toMatch(
    /^warn Connection 1 was evicted after .+: its socket or its backend was gone \{/,
  )
  expect(lost).toContain('"event":"connection:evicted","pool":"orders","connectionId":1')
  expect(written.at(-1)).toMatch(/^info The pool was closed /)
  const text = written.join('\n')
  expect(text).not.toMatch(/hush|select/)
  if (password !== '') expect(text).not.toContain(password)
})
