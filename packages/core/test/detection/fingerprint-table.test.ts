import { describe, expect, it } from 'vitest'
import {
  FingerprintTable,
  fingerprintSlots,
  unknownFingerprint,
} from '../../src/detection/fingerprint-table.ts'

/** A statement that differs from all others in more than its values. */
const statement = (index: number): string => `select a from t${index} where b = 1`

describe('FingerprintTable', () => {
  it('gives one handle to texts that differ in values alone, and others to others', () => {
    const table = new FingerprintTable()
    const handle = table.of('select a from t where b = 1')
    expect(table.of("SELECT a FROM t WHERE b = 'x' -- trace 7")).toBe(handle)
    expect(table.of('select a from t where b = $1')).toBe(handle)
    expect(table.of('select a from u where b = 1')).not.toBe(handle)
    expect(table.label(handle)).toBe('select a from t where b = ?')
    expect(table.size).toBe(2)
  })

  it('knows a named statement by its name alone, cut to 64 characters', () => {
    const table = new FingerprintTable()
    const handle = table.of('select 1', 'find_user')
    expect(table.of('select 2 from t', 'find_user')).toBe(handle)
    expect(table.of('find_user')).not.toBe(handle)
    expect(table.of('select 1', '')).toBe(table.of('select 1'))
    expect(table.label(handle)).toBe('find_user')
    const long = table.of('', 'n'.repeat(100))
    expect(table.of('', 'n'.repeat(64))).toBe(long)
    expect(table.label(long)).toBe('n'.repeat(64))
  })

  it('gives handles whose remainder is a slot of their own', () => {
    const table = new FingerprintTable()
    const slots = new Set<number>()
    for (let index = 0; index < fingerprintSlots; index++) {
      slots.add(table.of(statement(index)) % fingerprintSlots)
    }
    expect(slots.size).toBe(fingerprintSlots)
    expect(Math.min(...slots)).toBe(0)
    expect(Math.max(...slots)).toBe(fingerprintSlots - 1)
  })

  it('evicts the least recently used one and says which slot that was', () => {
    const evicted: number[] = []
    const table = new FingerprintTable({ onEvict: (slot) => evicted.push(slot) })
    const first = table.of(statement(0))
    const second = table.of(statement(1))
    for (let index = 2; index < fingerprintSlots; index++) table.of(statement(index))
    table.of(statement(0))
    expect(evicted).toEqual([])
    const latest = table.of(statement(fingerprintSlots))
    expect(evicted).toEqual([second % fingerprintSlots])
    expect(latest % fingerprintSlots).toBe(second % fingerprintSlots)
    expect(latest).not.toBe(second)
    expect(table.isCurrent(first)).toBe(true)
    expect(table.isCurrent(second)).toBe(false)
    expect(table.label(second)).toBeUndefined()
    expect(table.of(statement(1))).not.toBe(second)
  })

  it('knows nothing of handles that it never gave', () => {
    const table = new FingerprintTable()
    const handle = table.of('select 1')
    for (const wrong of [unknownFingerprint, handle + fingerprintSlots, 5, 0.5, Number.NaN]) {
      expect(table.isCurrent(wrong)).toBe(false)
      expect(table.label(wrong)).toBeUndefined()
    }
  })

  it('never evicts what is reserved', () => {
    const table = new FingerprintTable()
    const probe = table.reserve('probe')
    const other = table.reserve('probe')
    for (let index = 0; index < 3 * fingerprintSlots; index++) table.of(statement(index))
    expect(other).not.toBe(probe)
    expect(table.isCurrent(probe)).toBe(true)
    expect(table.label(other)).toBe('probe')
    expect(table.of('probe')).not.toBe(probe)
    expect(table.size).toBe(fingerprintSlots)
  })

  it('refuses to reserve all of its slots', () => {
    const table = new FingerprintTable()
    for (let index = 0; index < 64; index++) table.reserve('probe')
    expect(() => table.reserve('probe')).toThrow('bug: too many reserved fingerprints')
  })

  it('takes one slot for statements without parameters, however many there are', () => {
    const table = new FingerprintTable()
    const handle = table.of('select a from t where b = 0')
    for (let index = 1; index < 10_000; index++) {
      expect(table.of(`select a from t where b = ${index}`)).toBe(handle)
    }
    expect(table.size).toBe(1)
  })

  it('holds fewer fingerprints when their labels are long and wide', () => {
    const table = new FingerprintTable()
    for (let index = 0; index < 2 * fingerprintSlots; index++) {
      table.of(`select ж from t${index} where ${'column_name = 1 and '.repeat(40)} true`)
    }
    expect(table.size).toBe(512)
  })
})
