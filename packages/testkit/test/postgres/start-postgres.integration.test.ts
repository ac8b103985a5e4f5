import { existsSync } from 'node:fs'
import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startPostgres, startStandby, type TestPostgres, waitFor } from '../../src/index.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 }) // a busy machine starts servers slowly

const started: TestPostgres[] = []
const start = async (...args: Parameters<typeof startPostgres>): Promise<TestPostgres> => {
  const postgres = await startPostgres({ ignoreEnvironment: true, ...args[0] })
  started.push(postgres)
  return postgres
}
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()))
})

const ask = async (postgres: TestPostgres, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return (rows as unknown[][])[0]?.[0]
  } finally {
    await client.end()
  }
}
const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}

describe('startPostgres', () => {
  it('starts PostgreSQL 18', async () => {
    const postgres = await start()
    expect(await ask(postgres, 'select version()')).toMatch(/^PostgreSQL 18\./)
  })

  it('runs two servers at once, each with data of its own', async () => {
    const [first, second] = await Promise.all([start(), start()])
    await ask(first, 'create table only_here ()')
    expect(await ask(second, "select to_regclass('only_here')")).toBeNull()
    expect(first.port).not.toBe(second.port)
  })

  it('takes settings over its own', async () => {
    const postgres = await start({
      settings: { max_connections: '7', application_name: 'it works' },
    })
    expect(await ask(postgres, 'show max_connections')).toBe('7')
    expect(await ask(postgres, 'show fsync')).toBe('off')
    expect(await ask(postgres, 'show synchronous_commit')).toBe('on')
  })

  it('gives the lines of the log to onLog', async () => {
    const lines: string[] = []
    const postgres = await start({ onLog: (line) => lines.push(line) })
    await ask(postgres, "do $$ begin raise log 'hello from the server'; end $$")
    await waitFor(() => lines.some((line) => line.includes('hello from the server')))
  })

  it('wants its password', async () => {
    const postgres = await start()
    const { host, port, user } = postgres
    const client = new pg.Client({ host, port, user, password: 'wrong' })
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
  })

  it('stops the server and removes its data, any number of times', async () => {
    const { dataDir = '', processId = 0, stop } = await start()
    expect(existsSync(dataDir)).toBe(true)
    await Promise.all([stop(), stop()])
    expect(existsSync(dataDir)).toBe(false)
    expect(isAlive(processId)).toBe(false)
  })

  it('stops at the end of an await using block', async () => {
    let dataDir = ''
    {
      await using postgres = await start()
      dataDir = postgres.dataDir ?? ''
    }
    expect(existsSync(dataDir)).toBe(false)
  })

  it('restarts on the same port with the same data, after a kill as well', async () => {
    const postgres = await start()
    await ask(postgres, 'create table kept as select 1')
    const before = postgres.processId ?? 0
    process.kill(before, 'SIGKILL')
    await waitFor(() => !isAlive(before))
    await postgres.restart()
    expect(await ask(postgres, 'select count(*)::int from kept')).toBe(1)
    expect(postgres.processId).not.toBe(before)
  })

  it('rejects with the last log lines when PostgreSQL exits at start', async () => {
    await expect(start({ settings: { no_such_setting: 'x' } })).rejects.toThrow(
      /PostgreSQL exited at start; its last log lines:\n.*unrecognized configuration parameter "no_such_setting"/s,
    )
  })

  it.each(['TEST_DATABASE_URL', 'DATABASE_URL'])(
    'returns the server that %s names and leaves it running',
    async (name) => {
      const own = await start()
      vi.stubEnv(name, own.connectionString)
      const named = await startPostgres()
      expect(named).toMatchObject({
        embedded: false,
        host: own.host,
        port: own.port,
        user: own.user,
        password: own.password,
        database: 'postgres',
      })
      await named.stop()
      expect(await ask(own, 'select 1')).toBe(1)
    },
  )
})

describe('startStandby', () => {
  it('follows its primary, refuses writes, and takes them once promoted', async () => {
    const primary = await start()
    const standby = await startStandby(primary)
    started.push(standby)
    expect(await ask(standby, 'show in_hot_standby')).toBe('on')
    await ask(primary, 'create table replicated as select 1')
    await waitFor(() => ask(standby, "select to_regclass('replicated')"), {
      describe: 'the table on the standby',
    })
    await expect(ask(standby, 'create table refused ()')).rejects.toMatchObject({ code: '25006' })
    await standby.promote()
    expect(await ask(standby, 'show in_hot_standby')).toBe('off')
    await ask(standby, 'create table taken ()')
  })

  it('needs an embedded primary', async () => {
    const own = await start()
    vi.stubEnv('TEST_DATABASE_URL', own.connectionString)
    await expect(startStandby(await startPostgres())).rejects.toThrow('embedded primary')
  })
})
