import { npmVersion } from 'drizzle-orm/version'
import { expect, it } from 'vitest'

it('runs with the version of Drizzle that its project names', () => {
  const major = process.env['HALE_PEER'] === 'drizzle-1.0' ? '1.0.' : '0.45.'
  expect(npmVersion.slice(0, major.length)).toBe(major)
})
