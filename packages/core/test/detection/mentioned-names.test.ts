import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FingerprintTable, fingerprintSlots } from '../../src/detection/fingerprint-table.ts'

/** Which of these names a table of these statements mentions. */
function mentioned(names: readonly string[], ...statements: readonly string[]): readonly string[] {
  const table = new FingerprintTable()
  for (const statement of statements) table.of(statement)
  return [...table.mentions(names)].sort()
}

describe('what statements mention', () => {
  it('are whole identifiers', () => {
    const statement = 'select o.id from public.orders as o join order_lines l on l.order_id = o.id'
    expect(mentioned(['orders', 'order', 'lines', 'order_lines', 'id2'], statement)).toEqual([
      'order_lines',
      'orders',
    ])
  })

  it('are folded as PostgreSQL folds them', () => {
    expect(mentioned(['orders', 'Orders'], 'SELECT * FROM Orders')).toEqual(['orders'])
    expect(mentioned(['orders', 'Orders'], 'select * from "Orders"')).toEqual(['Orders'])
    expect(mentioned(['orders', 'Orders'], 'select * from "orders"')).toEqual(['orders'])
    expect(mentioned(['Größe', 'größe'], 'select Größe from "t"')).toEqual(['größe'])
  })

  it('may have quotes, spaces and dots in them', () => {
    const statement = 'select * from "a""b", "two words", "x.y", "select from t"'
    const names = ['a"b', 'a', 'b', 'two words', 'words', 'x.y', 'x', 't']
    expect(mentioned(names, statement)).toEqual(['a"b', 'two words', 'x.y'])
  })

  it('are not what stands in literals and comments', () => {
    const statement = "select 'orders', $$orders$$ /* orders */ from t -- orders"
    expect(mentioned(['orders', 't'], statement)).toEqual(['t'])
  })

  it('are found in any statement that is held, and in none that went', () => {
    const table = new FingerprintTable()
    table.of('select * from old')
    table.of('select * from new')
    expect(table.mentions(['old', 'new', 'other'])).toEqual(new Set(['old', 'new']))
    for (let index = 0; index < fingerprintSlots - 1; index++) table.of(`select a${index}`)
    expect(table.mentions(['old', 'new'])).toEqual(new Set(['new']))
  })

  it('are not known of statements that go by their name, which are counted', () => {
    const table = new FingerprintTable()
    table.reserve('orders')
    table.of('select * from orders', 'orders')
    table.of('select * from t', 'by-name')
    expect(table.mentions(['orders', 't'])).toEqual(new Set())
    expect(table.named).toBe(2)
  })

  it('are every name that a statement quotes, however odd', () => {
    const name = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' })
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), (names) => {
        const list = names.map((each) => `"${each.replaceAll('"', '""')}"`).join('.')
        expect(mentioned(names, `select * from ${list}`)).toEqual([...names].sort())
      }),
    )
  })

  it('take any statement and any name', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (names, statements) => {
        for (const found of mentioned(names, ...statements)) expect(names).toContain(found)
      }),
    )
  })
})
