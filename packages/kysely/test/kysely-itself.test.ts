import { type PostgresDialectConfig, PostgresDriver } from 'kysely'
import { describe, expect, it } from 'vitest'
import { forgetsFailedBegins } from '../src/forgets-failed-begins.ts'

// What the adapter relies on in Kysely itself; a version that changes it has to be noticed.
describe("Kysely's own driver", () => {
  it('calls connect before it waits for anything, so that each call can be told its client', async () => {
    let calls = 0
    const client = { query: () => Promise.reject(new Error('unused')), release: () => {} }
    const pool = {
      connect: () => {
        calls += 1
        return Promise.resolve(client)
      },
      end: async () => {},
      options: {},
    }
    const driver = new PostgresDriver({ pool } as unknown as PostgresDialectConfig)
    await driver.init()
    for (const expected of [1, 2, 3]) {
      const acquiring = driver.acquireConnection()
      expect(calls).toBe(expected)
      await acquiring
    }
  })

  it('has one connection per client, whose methods may be replaced', async () => {
    const client = { query: () => Promise.reject(new Error('unused')), release: () => {} }
    const pool = { connect: async () => client, end: async () => {}, options: {} }
    const driver = new PostgresDriver({ pool } as unknown as PostgresDialectConfig)
    await driver.init()
    const connection = await driver.acquireConnection()
    expect(await driver.acquireConnection()).toBe(connection)
    const replaced = (): never => {
      throw new Error('replaced')
    }
    connection.executeQuery = replaced
    expect(connection.executeQuery).toBe(replaced)
  })

  it('gives connections of a failed BEGIN back, save in 0.30.0-beta.2', async () => {
    expect(await forgetsFailedBegins()).toBe(process.env['HALE_PEER'] === 'kysely-0.30')
  })
})
