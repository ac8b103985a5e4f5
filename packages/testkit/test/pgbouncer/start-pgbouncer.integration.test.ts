import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  isPgBouncerInstalled,
  startPgBouncer,
  startPostgres,
  suspendProcess,
  type TestPgBouncer,
  type TestPostgres,
  waitFor,
  whyNoPgBouncer,
} from '../../src/index.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 }) // a busy machine starts servers slowly

const canRun = isPgBouncerInstalled()
if (!canRun) process.stderr.write(`testkit: ${whyNoPgBouncer()}\n`)

let postgres: TestPostgres
beforeAll(async () => {
  if (canRun) postgres = await startPostgres({ ignoreEnvironment: true })
})
afterAll(() => postgres?.stop())

const connect = async (
  bouncer: TestPgBouncer,
  config: pg.ClientConfig = {},
): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: bouncer.connectionString, ...config })
  client.on('error', () => {}) // PgBouncer is stopped under it
  await client.connect()
  return client
}
const backendOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}
const isAlive = (processId: number | undefined): boolean => {
  try {
    return processId !== undefined && process.kill(processId, 0)
  } catch {
    return false
  }
}

describe.skipIf(!canRun)('startPgBouncer', () => {
  it('keeps a backend for each client in session mode', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'session' })
    const clients = [await connect(bouncer), await connect(bouncer)]
    const [first, second] = await Promise.all(clients.map(backendOf))
    expect(first).not.toBe(second)
    await Promise.all(clients.map((client) => client.end()))
  })

  it('shares one backend between two clients in transaction mode, which wait for it', async () => {
    await using bouncer = await startPgBouncer(postgres, {
      poolMode: 'transaction',
      settings: { default_pool_size: '1' },
    })
    const [first, second] = [await connect(bouncer), await connect(bouncer)]
    expect(await backendOf(first)).toBe(await backendOf(second))
    await first.query('begin')
    let answered = false
    const answer = second.query('select 1').then(() => {
      answered = true
    })
    await first.query('select pg_sleep(0.1)')
    expect(answered).toBe(false)
    await first.query('commit')
    await answer
    await Promise.all([first.end(), second.end()])
  })

  it('allows no transaction in statement mode', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'statement' })
    const client = await connect(bouncer)
    await client.query('select 1')
    await expect(client.query('begin')).rejects.toThrow(/transaction blocks not allowed/)
  })

  it('refuses a startup parameter that it does not know, unless told to ignore it', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'transaction' })
    const config = { statement_timeout: 1_000 }
    await expect(connect(bouncer, config)).rejects.toThrow(/unsupported startup parameter/)
    await using lenient = await startPgBouncer(postgres, {
      poolMode: 'transaction',
      settings: { ignore_startup_parameters: 'statement_timeout' },
    })
    await (await connect(lenient, config)).end()
  })

  it('wants the password', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'session' })
    const { host, port } = bouncer
    const client = new pg.Client({ host, port, user: 'postgres', password: 'wrong' })
    await expect(client.connect()).rejects.toThrow(/SASL authentication failed/)
  })

  it('answers its administrator, and tells its log', async () => {
    const lines: string[] = []
    await using bouncer = await startPgBouncer(postgres, {
      poolMode: 'transaction',
      onLog: (line) => lines.push(line),
    })
    const url = new URL(bouncer.connectionString)
    url.pathname = '/pgbouncer'
    const admin = new pg.Client({ connectionString: url.href })
    await admin.connect()
    const { rows } = await admin.query<{ key: string; value: string }>('show config')
    expect(rows.find(({ key }) => key === 'pool_mode')?.value).toBe('transaction')
    await admin.end()
    await waitFor(() => lines.some((line) => line.includes('login attempt')))
  })

  it('restarts on the same port, after a kill as well', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'transaction' })
    const { port, processId = 0 } = bouncer
    const client = await connect(bouncer)
    const lost = new Promise((resolve) => client.once('end', () => resolve(true)))
    await bouncer.restart()
    expect(await lost).toBe(true)
    const next = bouncer.processId ?? 0
    expect(next).not.toBe(processId)
    process.kill(next, 'SIGKILL')
    await bouncer.restart()
    expect(bouncer.port).toBe(port)
    await (await connect(bouncer)).end()
  })

  it.runIf(process.platform === 'linux')('never runs as root', async () => {
    await using bouncer = await startPgBouncer(postgres, { poolMode: 'session' })
    const status = readFileSync(`/proc/${bouncer.processId}/status`, 'utf8')
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toMatch(/^[1-9]/)
  })

  it('stops although it is suspended, and removes its folder, any number of times', async () => {
    const bouncer = await startPgBouncer(postgres, { poolMode: 'session' })
    const { folder, processId = 0 } = bouncer
    suspendProcess(processId)
    await Promise.all([bouncer.stop(), bouncer.stop()])
    expect(existsSync(folder)).toBe(false)
    expect(isAlive(processId)).toBe(false)
  })

  it('rejects with the last log lines when PgBouncer exits at start', async () => {
    const settings = { pool_mode: 'nonsense' }
    await expect(startPgBouncer(postgres, { poolMode: 'session', settings })).rejects.toThrow(
      /PgBouncer did not start; its last log lines:\n.*nonsense/s,
    )
  })

  it('is gone with its folder once the process that started it is killed', async () => {
    const program = fileURLToPath(new URL('./crash-program.ts', import.meta.url))
    const child: ChildProcess = spawn(
      process.execPath,
      ['--conditions=@hale/source', program, postgres.connectionString],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      if (child.stdout === null) throw new Error('no stdout')
      const lines = createInterface(child.stdout)
      const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })) as [
        string,
      ]
      const { folder, processId } = JSON.parse(line) as { folder: string; processId: number }
      expect(isAlive(processId)).toBe(true)
      expect(existsSync(folder)).toBe(true)
      child.kill('SIGKILL')
      await waitFor(() => !isAlive(processId), { describe: `PgBouncer ${processId} to end` })
      await waitFor(() => !existsSync(folder), { describe: `${folder} to be removed` })
    } finally {
      child.kill('SIGKILL')
    }
  })
})
