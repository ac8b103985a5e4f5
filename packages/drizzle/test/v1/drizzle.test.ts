import { HealthAwarePool } from '@hale/pg'
import { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createHealthAwareClient, drizzle } from '../../src/v1/index.ts'

describe('drizzle of 1.0', () => {
  const client = createHealthAwareClient({})

  it('makes a NodePgDatabase of a config with the client', () => {
    expect(client).toBeInstanceOf(HealthAwarePool)
    const db = drizzle({ client, logger: false })
    expect(db).toBeInstanceOf(NodePgDatabase)
    expect(db.$client).toBe(client)
  })

  it('mocks as Drizzle does', () => {
    const db = drizzle.mock()
    const { sql } = db
      .select()
      .from(pgTable('t', { a: integer() }))
      .toSQL()
    expect(sql).toBe('select "a" from "t"')
  })

  it.each([
    ['the client as such, for which Drizzle opens a pool of its own', client, 'an object'],
    ['a pg.Pool', new pg.Pool(), 'an object'],
    ['a config with a pg.Pool', { client: new pg.Pool() }, 'an object'],
    ['a config without a client', { logger: true }, 'an object'],
    ['a connection', { connection: 'postgres://u:secret@h/d' }, 'an object'],
    ['a connection string', 'postgres://u:secret@h/d', 'a string (not shown)'],
    ['nothing', undefined, 'undefined'],
  ])('refuses %s', (_, given, shown) => {
    const expected = 'drizzle({ client }) with a HealthAwarePool: createHealthAwareClient(options)'
    const message = `invalid options: client: expected ${expected}, got ${shown}`
    expect(() => drizzle(given as { client: HealthAwarePool })).toThrow(
      expect.objectContaining({ code: 'HALE_OPTIONS', message }),
    )
  })
})
