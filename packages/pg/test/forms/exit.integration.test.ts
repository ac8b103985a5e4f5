import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { HealthAwarePoolOptions } from '../../src/index.ts'

const program = fileURLToPath(new URL('./idle-program.ts', import.meta.url))
const children: ChildProcess[] = []
let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process whose pool has worked once and is idle. */
async function startProgram(
  options: HealthAwarePoolOptions,
  work: 'query' | 'transaction' = 'query',
): Promise<ChildProcess> {
  const { connectionString } = server
  const flags = ['--conditions=@hale/source', program, connectionString]
  const child = spawn(process.execPath, [...flags, JSON.stringify(options), work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  if (child.stdout === null) throw new Error('no stdout')
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) })
  return child
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
  return child.exitCode
}

/** Never idle for that long in a test. */
const patient = { idleTimeoutMillis: 3_600_000 }

describe('allowExitOnIdle', () => {
  it('lets the process end with a connection idle', async () => {
    const child = await startProgram({ ...patient, allowExitOnIdle: true })
    expect(await exitCodeOf(child)).toBe(0)
  })
  it('lets the process end with connections that min keeps', async () => {
    const child = await startProgram({ ...patient, allowExitOnIdle: true, min: 3, max: 3 })
    expect(await exitCodeOf(child)).toBe(0)
  })
  it('lets the process end after what was released is clean', async () => {
    const child = await startProgram({ ...patient, allowExitOnIdle: true }, 'transaction')
    expect(await exitCodeOf(child)).toBe(0)
  })
  it('off keeps the process no longer than to the idle timeout', async () => {
    const child = await startProgram({ idleTimeoutMillis: 500 })
    expect(await exitCodeOf(child)).toBe(0)
  })
  it('off keeps the process as long as the connection is there', async () => {
    const child = await startProgram({ ...patient, application_name: 'kept' })
    const admin = new pg.Client({ connectionString: server.connectionString })
    await admin.connect()
    const isKept = async (): Promise<boolean> => {
      const text =
        "select now() - state_change > '1 s' as kept from pg_stat_activity where application_name = 'kept'"
      return (await admin.query(text)).rows[0]?.kept === true
    }
    await waitFor(isKept, { timeoutMs: 30_000, describe: 'a second of idleness' })
    expect(child.exitCode).toBeNull()
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kept'",
    )
    expect(await exitCodeOf(child)).toBe(0)
    await admin.end()
  })
})
