import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createFaultProxy,
  type FaultLink,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
  waitFor,
} from '../../src/index.ts'

let postgres: TestPostgres
let proxy: FaultProxy
let client: pg.Client
let admin: pg.Client
let onInsert: ((link: FaultLink) => void) | undefined

beforeAll(async () => {
  postgres = await startPostgres()
  admin = new pg.Client(postgres.connectionString)
  await admin.connect()
  await admin.query('create table proxied (n int)')
})
afterAll(async () => {
  await admin.query('drop table proxied')
  await admin.end()
  await postgres.stop()
})
beforeEach(async () => {
  proxy = await createFaultProxy(postgres, {
    onStatement: (link, text) => {
      if (text.startsWith('insert')) onInsert?.(link)
    },
  })
  client = new pg.Client(proxy.connectionString(postgres.connectionString))
  client.on('error', () => {}) // its link is about to break
  await client.connect()
})
afterEach(async () => {
  onInsert = undefined
  await proxy.close()
  await admin.query('truncate proxied')
})

const insert = (): Promise<unknown> => client.query('insert into proxied values (1)')
const count = async (): Promise<number> => (await admin.query('select from proxied')).rowCount ?? 0

describe('a link that is reset within onStatement', () => {
  it('keeps the statement from the server', async () => {
    onInsert = (link) => link.reset()
    await expect(insert()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await count()).toBe(0)
  })
})

describe('cutAnswer', () => {
  it('lets the server do it, and resets before a byte of the answer has passed', async () => {
    let passedBefore: number | undefined
    onInsert = (link) => {
      passedBefore = proxy.counters.bytesDown
      link.cutAnswer()
    }
    await expect(insert()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await count()).toBe(1)
    expect(proxy.counters.bytesDown).toBe(passedBefore)
  })

  it('freezes instead when asked to, and restore passes the answer', async () => {
    onInsert = (link) => link.cutAnswer('freeze')
    let isAnswered = false
    const inserting = insert().then(() => {
      isAnswered = true
    })
    await waitFor(async () => (await count()) === 1)
    expect(isAnswered).toBe(false)
    for (const link of proxy.links) link.restore()
    await inserting
    await client.end()
  })
})

describe('refuseStatement', () => {
  it('answers with an error in the place of the server, which gets nothing', async () => {
    onInsert = (link) => link.refuseStatement('57P05', 'not now')
    await expect(insert()).rejects.toMatchObject({ code: '57P05', message: 'not now' })
    expect(await count()).toBe(0)
    onInsert = undefined
    await insert()
    expect(await count()).toBe(1)
    await client.end()
  })
})
