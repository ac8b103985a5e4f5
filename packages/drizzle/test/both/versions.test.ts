import { npmVersion } from 'drizzle-orm/version'
import { expect, it } from 'vitest'
import { requireDrizzle } from '../../src/require-drizzle.ts'

const isV1 = process.env['HALE_PEER'] === 'drizzle-1.0'

it('runs with the version of Drizzle that its project names', () => {
  expect(npmVersion).toMatch(isV1 ? /^1\.0\./ : /^0\.45\./)
})

it('names the entry that the installed Drizzle needs', () => {
  const entry = isV1 ? '@hale/drizzle/v1' : '@hale/drizzle'
  const message = `drizzle-orm ${npmVersion} needs another entry: import { drizzle } from '${entry}'`
  expect(() => requireDrizzle(isV1 ? 0 : 1)).toThrow(
    expect.objectContaining({ code: 'HALE_UNSUPPORTED', message, version: npmVersion }),
  )
  expect(() => requireDrizzle(isV1 ? 1 : 0)).not.toThrow()
})
