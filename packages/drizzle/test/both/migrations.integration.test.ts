import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaseEverySlot } from '@hale/testkit'
import { sql } from 'drizzle-orm'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { npmVersion } from 'drizzle-orm/version'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDrizzleWorld, type DrizzleWorld } from './drizzle-world.ts'

let world: DrizzleWorld
let folder: string
beforeAll(async () => {
  world = await createDrizzleWorld()
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'hale-drizzle-'))
})
afterEach(() => world.reset())
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes migrations as the drizzle-kit of the installed Drizzle does. */
async function writeMigrations(migrations: readonly string[]): Promise<void> {
  const isJournaled = npmVersion.startsWith('0.')
  const names = migrations.map((_, index) => `2026010203040${index}_step`)
  for (const [index, name] of names.entries()) {
    const text = migrations[index] ?? ''
    if (isJournaled) await writeFile(join(folder, `${name}.sql`), text)
    else {
      await mkdir(join(folder, name), { recursive: true })
      await writeFile(join(folder, name, 'migration.sql'), text)
    }
  }
  if (!isJournaled) return
  const entries = names.map((tag, idx) => ({
    idx,
    version: '7',
    when: 1_767_323_040_000 + idx * 1_000,
    tag,
    breakpoints: true,
  }))
  await mkdir(join(folder, 'meta'), { recursive: true })
  const journal = { version: '7', dialect: 'postgresql', entries }
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify(journal))
}

const first = `create table shelf (id serial primary key);
--> statement-breakpoint
insert into shelf default values;`

describe("Drizzle's migrator", () => {
  it('runs each migration once, and none of a set that fails', async () => {
    const db = world.open({ max: 2 })
    const config = { migrationsFolder: folder, migrationsSchema: 'hale_migrations' }
    const shelves = async (): Promise<unknown> =>
      (await db.execute<{ n: number }>(sql`select count(*)::int as n from shelf`)).rows
    await writeMigrations([first])
    await migrate(db, config)
    await migrate(db, config)
    expect(await shelves()).toEqual([{ n: 1 }])

    await writeMigrations([first, 'insert into shelf default values;', 'insert into nowhere;'])
    await expect(migrate(db, config)).rejects.toMatchObject({ cause: { code: '42601' } })
    expect(await shelves()).toEqual([{ n: 1 }])

    await writeMigrations([
      first,
      'insert into shelf default values;',
      'alter table shelf add a int',
    ])
    await migrate(db, config)
    expect(await shelves()).toEqual([{ n: 2 }])
    expect(await leaseEverySlot(db.$client)).toBe(2)
    expect(db.$client.snapshot().issues).toEqual([])
    await db.execute(sql`drop schema hale_migrations cascade`)
  })
})
