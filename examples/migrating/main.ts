// The same application before and after, on the same database. Start: pnpm start
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { startPostgres } from '@hale/testkit'
import { type Parts, runApplication } from './application.ts'

await using postgres = await startPostgres()
process.env['DATABASE_URL'] = postgres.connectionString

const before: Parts = {
  ...(await import('./before/pool.ts')),
  ...(await import('./before/dialect.ts')),
  ...(await import('./before/drizzle.ts')),
}
const { pool } = await import('./after/pool.ts')
const after: Parts = {
  pool,
  ...(await import('./after/dialect.ts')),
  ...(await import('./after/drizzle.ts')),
}

for (const file of ['pool.ts', 'dialect.ts', 'drizzle.ts']) {
  const lines = await changedLines(file)
  console.log([`before/${file} → after/${file}`, ...lines].join('\n'), '\n')
  assert.equal(lines.length, 2)
}

const results = await runApplication(before)
assert.deepEqual(await runApplication(after), results)
console.log(
  'the same results:',
  results.length,
  'results and errors, down to their classes and texts',
)

const connects = { before: 0, after: 0 }
before.pool.on('connect', () => connects.before++)
after.pool.on('connect', () => connects.after++)
for (let count = 0; count < 50; count++) {
  const insert = `insert into migrating_stock values ('nail', 1)`
  await assert.rejects(before.pool.query(insert), { code: '23505' })
  await assert.rejects(after.pool.query(insert), { code: '23505' })
}
console.log('what 50 unique violations cost, in connections opened:', connects)
console.log('and what is new:', pool.readiness(), pool.snapshot().counts)

await after.pool.query('drop table migrating_stock')
await Promise.all([before.pool.end(), after.pool.end()])

/** The lines that differ, as a diff shows them; the files have the same number of lines. */
async function changedLines(file: string): Promise<readonly string[]> {
  const read = async (folder: string) =>
    (await readFile(new URL(`${folder}/${file}`, import.meta.url), 'utf8')).split('\n')
  const [old, present] = [await read('before'), await read('after')]
  assert.equal(old.length, present.length)
  return old.flatMap((line, index) => {
    const now = present[index] ?? ''
    return line === now ? [] : [`- ${line}`, `+ ${now}`]
  })
}
