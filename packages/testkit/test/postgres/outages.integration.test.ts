import { existsSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startPostgres, suspendProcess, type TestPostgres, waitFor } from '../../src/index.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 }) // a busy machine starts servers slowly

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres({ version: 18 })
})
afterAll(() => postgres?.stop())

const connect = async (): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: postgres.connectionString })
  client.on('error', () => {}) // the server is stopped under it
  await client.connect()
  return client
}
const ask = async (text: string): Promise<unknown> => {
  const client = await connect()
  try {
    const { rows } = await client.query({ text, rowMode: 'array' })
    return (rows as unknown[][])[0]?.[0]
  } finally {
    await client.end()
  }
}
const backendOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

describe('halt', () => {
  it.each(['fast', 'immediate'] as const)(
    'leaves the server stopped (%s) with its data and port until it is restarted',
    async (mode) => {
      await ask(`create table kept_${mode} as select 7`)
      const { port, processId } = postgres
      await postgres.halt(mode)
      expect(postgres.processId).toBeUndefined()
      expect(() => process.kill(processId ?? 0, 0)).toThrow('ESRCH')
      await expect(ask('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      await postgres.halt() // nothing to do
      await postgres.restart()
      expect(postgres.port).toBe(port)
      expect(postgres.processId).not.toBe(processId)
      expect(await ask(`select * from kept_${mode}`)).toBe(7)
    },
  )

  it('says goodbye to clients in fast mode', async () => {
    const client = await connect()
    const told = new Promise((resolve) => client.once('error', resolve))
    await postgres.halt()
    expect(await told).toMatchObject({ code: '57P01' })
    await postgres.restart()
  })

  it('is followed by a stop that removes the data', async () => {
    const other = await startPostgres({ version: 18 })
    await other.halt()
    expect(existsSync(other.dataDir ?? '')).toBe(true)
    await other.stop()
    expect(existsSync(other.dataDir ?? '')).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('suspendProcess', () => {
  it('stops a backend until it is resumed', async () => {
    const client = await connect()
    const suspended = suspendProcess(await backendOf(client))
    let answered = false
    const answer = client.query('select 1').then(() => {
      answered = true
    })
    await ask('select pg_sleep(0.1)') // the others go on, and had time to answer
    expect(answered).toBe(false)
    suspended.resume()
    suspended.resume()
    await answer
    await client.end()
  })

  it('ends with its block', async () => {
    const client = await connect()
    {
      using _suspended = suspendProcess(await backendOf(client))
    }
    await client.query('select 1')
    await client.end()
  })

  it('ends before its server is restarted, which it would hold up', async () => {
    const client = await connect()
    suspendProcess(await backendOf(client))
    const told = new Promise((resolve) => client.once('error', resolve))
    const startedAt = performance.now()
    await postgres.restart()
    expect(await told).toMatchObject({ code: '57P01' })
    expect(performance.now() - startedAt).toBeLessThan(5_000) // after which it would be killed
  })

  it.runIf(process.platform === 'linux')('leaves what belongs to another server', async () => {
    await using other = await startPostgres({ version: 18 })
    const client = await connect()
    const pid = await backendOf(client)
    const state = (): string | undefined =>
      /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    using suspended = suspendProcess(pid)
    await waitFor(() => state() === 'T')
    await other.restart()
    expect(state()).toBe('T')
    suspended.resume()
    await waitFor(() => state() !== 'T')
    await client.end()
  })
})
