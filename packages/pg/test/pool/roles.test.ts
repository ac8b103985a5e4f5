import { describe, expect, it } from 'vitest'
import { fitsTarget, type RoleFacts, roleOf } from '../../src/pool/roles.ts'

const facts: readonly RoleFacts[] = [undefined, false, true].flatMap((inHotStandby) =>
  [undefined, false, true].map((readOnlyByDefault) => ({ inHotStandby, readOnlyByDefault })),
)

describe('fitsTarget', () => {
  it.each([
    ['any', [true, true, true, true, true, true, true, true, true]],
    ['standby', [undefined, undefined, undefined, false, false, false, true, true, true]],
    ['primary', [undefined, undefined, undefined, true, true, true, false, false, false]],
    ['read-write', [undefined, undefined, false, undefined, true, false, false, false, false]],
  ] as const)('keeps libpq’s rules for %s', (target, expected) => {
    expect(facts.map((each) => fitsTarget(target, each))).toEqual(expected)
  })
})

describe('roleOf', () => {
  it('names what is told', () => {
    expect(facts.map(roleOf)).toEqual([
      'unknown',
      'unknown',
      'read-only',
      'primary',
      'primary',
      'read-only',
      'standby',
      'standby',
      'standby',
    ])
  })
})
