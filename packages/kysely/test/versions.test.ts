import * as kysely from 'kysely'
import { expect, it } from 'vitest'

/** What tells the versions apart by what they export. */
const exportsOf: Readonly<Record<string, { readonly [name: string]: boolean }>> = {
  'kysely-0.28': { Migrator: true, AbortedTransactionError: false },
  'kysely-0.29': { Migrator: false, AbortedTransactionError: true },
  'kysely-0.30': { Migrator: false, AbortedTransactionError: false },
}

it('runs with the version of Kysely that its project names', () => {
  const expected = exportsOf[process.env['HALE_PEER'] ?? 'kysely-0.29'] ?? {}
  const found = Object.keys(expected).map((name) => [name, name in kysely])
  expect(Object.fromEntries(found)).toEqual(expected)
})
