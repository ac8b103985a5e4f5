import { HealthAwarePool } from '@hale/pg'
import type { DrizzleConfig } from 'drizzle-orm'
import { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createHealthAwareClient, drizzle } from '../src/index.ts'

describe('createHealthAwareClient', () => {
  it('makes a HealthAwarePool of its options', () => {
    const client = createHealthAwareClient({ max: 7 })
    expect(client).toBeInstanceOf(HealthAwarePool)
    expect(client.options.max).toBe(7)
  })
})

describe('drizzle', () => {
  const client = createHealthAwareClient({})

  it.each([
    ['the client', drizzle(client)],
    ['the client and a config', drizzle(client, { logger: false })],
    ['a config with the client', drizzle({ client, logger: false })],
  ])('makes a NodePgDatabase of %s', (_, db) => {
    expect(db).toBeInstanceOf(NodePgDatabase)
    expect(db.$client).toBe(client)
  })

  it('renders names in the casing of its config', () => {
    const table = pgTable('t', { someNumber: integer() })
    const db = drizzle({ client, casing: 'snake_case' })
    expect(db.select().from(table).toSQL().sql).toBe('select "some_number" from "t"')
  })

  it('mocks as Drizzle does', () => {
    const db = drizzle.mock({ casing: 'snake_case' })
    expect(
      db
        .select()
        .from(pgTable('t', { aB: integer() }))
        .toSQL().sql,
    ).toBe('select "a_b" from "t"')
  })

  it.each([
    ['a pg.Pool', new pg.Pool(), 'an object'],
    ['a config with a pg.Pool', { client: new pg.Pool() }, 'an object'],
    ['a config without a client', { logger: true }, 'an object'],
    ['a connection', { connection: 'postgres://u:secret@h/d' }, 'an object'],
    ['a connection string', 'postgres://u:secret@h/d', 'a string (not shown)'],
    ['one without a scheme', 'u:secret@h/d', 'a string (not shown)'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('refuses %s', (_, given, shown) => {
    const expected = 'a HealthAwarePool, as createHealthAwareClient(options) makes it'
    const message = `invalid options: client: expected ${expected}, got ${shown}`
    expect(() => drizzle(given as DrizzleConfig & { client: HealthAwarePool })).toThrow(
      expect.objectContaining({ code: 'HALE_OPTIONS', message }),
    )
  })
})
