import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FingerprintTable, fingerprintSlots } from '../../src/detection/fingerprint-table.ts'

/** Uses of `count` neighbouring statements, in one of the forms that a caller may have them in. */
const bursts = fc.array(
  fc.record({
    from: fc.nat(1_600),
    count: fc.integer({ min: 1, max: 700 }),
    form: fc.constantFrom('text', 'literal', 'name', 'reserve'),
  }),
  { maxLength: 12 },
)

/** The least recently used slot first, as an insertion-ordered map keeps it. */
class Model {
  readonly handles = new Map<string, number>()
  readonly evicted: number[] = []
  reserved = 0

  use(label: string, handle: number): void {
    this.handles.delete(label)
    this.handles.set(label, handle)
    if (this.handles.size + this.reserved > fingerprintSlots) this.evict()
  }

  evict(): void {
    const [oldest] = this.handles
    if (oldest === undefined) return
    this.handles.delete(oldest[0])
    this.evicted.push(oldest[1] % fingerprintSlots)
  }
}

describe('FingerprintTable', () => {
  it('is a least recently used cache of 1,024 slots, whatever is asked of it', () => {
    fc.assert(
      fc.property(bursts, (uses) => {
        const evicted: number[] = []
        const table = new FingerprintTable({ onEvict: (slot) => evicted.push(slot) })
        const model = new Model()
        let runs = 0
        for (const { from, count, form } of uses) {
          if (form === 'reserve' && model.reserved < 3) {
            table.reserve('probe')
            model.reserved += 1
            if (model.handles.size + model.reserved > fingerprintSlots) model.evict()
          }
          for (let index = from; index < from + count; index++) {
            const isNamed = form === 'name'
            const value = form === 'literal' ? ++runs : '$1'
            const handle = table.of(`select ${value} from t${index}`, isNamed ? `s${index}` : '')
            const label = isNamed ? `s${index}` : `select ? from t${index}`
            expect(model.handles.get(label) ?? handle).toBe(handle)
            model.use(label, handle)
          }
          expect(table.size).toBe(model.handles.size + model.reserved)
          expect(table.size).toBeLessThanOrEqual(fingerprintSlots)
        }
        expect(evicted).toEqual(model.evicted)
        for (const [label, handle] of model.handles) expect(table.label(handle)).toBe(label)
      }),
      { numRuns: 40 },
    )
  })

  it('takes any text and any name, and shows at most 512 and 64 characters of them', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 700 })
    const table = new FingerprintTable()
    fc.assert(
      fc.property(anything, anything, (text, name) => {
        const handle = table.of(text)
        const named = table.of(text, `_${name}`)
        expect(table.of(text)).toBe(handle)
        expect(table.of('', `_${name}`)).toBe(named)
        expect(table.label(handle)?.length).toBeLessThanOrEqual(512)
        expect(table.label(named)).toBe(`_${name}`.slice(0, 64))
      }),
    )
  })
})
