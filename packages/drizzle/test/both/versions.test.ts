import type { drizzle } from '@hale/drizzle'
import { npmVersion } from 'drizzle-orm/version'
import { describe, expect, it } from 'vitest'

const isV1 = process.env['HALE_PEER'] === 'drizzle-1.0'

it('runs with the version of Drizzle that its project names', () => {
  expect(npmVersion).toMatch(isV1 ? /^1\.0\./ : /^0\.45\./)
})

describe('an entry that the installed Drizzle is not for', () => {
  it('can be imported, and names the right one', async () => {
    const [wrong, right] = isV1
      ? ['../../src/index.ts', '@hale/drizzle/v1']
      : ['../../src/v1/index.ts', '@hale/drizzle']
    const entry: { readonly drizzle: typeof drizzle } = await import(wrong)
    const message = `drizzle-orm ${npmVersion} needs another entry: import { drizzle } from '${right}'`
    expect(() => entry.drizzle({} as Parameters<typeof drizzle>[0])).toThrow(
      expect.objectContaining({ code: 'HALE_UNSUPPORTED', message, version: npmVersion }),
    )
  })
})
