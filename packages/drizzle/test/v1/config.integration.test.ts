import { DrizzleQueryError, sql } from 'drizzle-orm'
import { refineGenericPgCodecs, snakeCase, text } from 'drizzle-orm/pg-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drizzle } from '../../src/v1/index.ts'
import {
  authors,
  createDrizzleWorld,
  createStatementLog,
  type DrizzleWorld,
} from '../both/drizzle-world.ts'

let world: DrizzleWorld
beforeAll(async () => {
  world = await createDrizzleWorld()
})
afterEach(() => world.reset())
afterAll(() => world?.close())

describe('the config of 1.0', () => {
  it('puts parameters into errors where it says so, inside of transactions too', async () => {
    const client = world.openPool({ max: 1 })
    for (const paramsInErrors of [true, false, undefined]) {
      const db = drizzle({ client, paramsInErrors })
      const params = paramsInErrors ? [0] : undefined
      const dividing = (): Promise<unknown> =>
        db.transaction(async (tx) => tx.execute(sql`select 1 / ${0}::int`))
      await expect(dividing()).rejects.toBeInstanceOf(DrizzleQueryError)
      await expect(dividing()).rejects.toMatchObject({ params, cause: { code: '22012' } })
    }
  })
  it('begins on the snapshot of another transaction', async () => {
    const log = createStatementLog()
    const db = drizzle({ client: world.openPool({ max: 2 }), logger: log })
    const exported = sql<{ id: string }>`select pg_export_snapshot() as id`
    await db.transaction(async (tx) => {
      const { rows } = await tx.execute<{ id: string }>(exported)
      const snapshot = rows[0]?.id ?? ''
      await db.insert(authors).values({ name: 'too late' })
      const config = { isolationLevel: 'repeatable read', snapshot } as const
      expect(await db.transaction(async (other) => other.$count(authors), config)).toBe(0)
      expect(log.statements).toContain(`set transaction snapshot '${snapshot}'`)
    })
    expect(await db.$count(authors)).toBe(1)
  })

  it('rolls back where there is no such snapshot', async () => {
    const log = createStatementLog()
    const db = drizzle({ client: world.openPool({ max: 1 }), logger: log })
    const config = { isolationLevel: 'serializable', snapshot: 'none' } as const
    const refused = db.transaction(async () => {}, config)
    await expect(refused).rejects.toMatchObject({ query: "set transaction snapshot 'none'" })
    expect(log.statements.at(-1)).toBe('rollback')
    expect(db.$client.snapshot().totals.opened).toBe(1)
    expect(db.$client.snapshot().issues).toEqual([])
  })

  it('reads with the codecs that it names', async () => {
    const client = world.openPool({ max: 1 })
    await drizzle({ client }).insert(authors).values({ name: 'ann' })
    const shouting = refineGenericPgCodecs({
      text: { normalize: (value: string) => value.toUpperCase() },
    })
    const db = drizzle({ client, codecs: shouting })
    expect(await db.select({ name: authors.name }).from(authors)).toEqual([{ name: 'ANN' }])
    const inTransaction = db.transaction(async (tx) =>
      tx.select({ name: authors.name }).from(authors),
    )
    expect(await inTransaction).toEqual([{ name: 'ANN' }])
  })

  it('leaves the casing to the tables', async () => {
    await world.admin.query('create table if not exists long_name (first_name text)')
    const table = snakeCase.table('long_name', { firstName: text() })
    const db = drizzle({ client: world.openPool({ max: 1 }) })
    await db.insert(table).values({ firstName: 'ann' })
    expect(await db.select().from(table)).toContainEqual({ firstName: 'ann' })
  })
})
