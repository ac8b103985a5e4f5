import { describe, expect, it } from 'vitest'
import { errorOf } from './errors.ts'
import { type ConformanceWorld, insertEntry } from './world.ts'

/** Hooks that fail. */
export function testHooks(world: ConformanceWorld): void {
  const { hooks = [] } = world.adapter
  describe.skipIf(hooks.length === 0)('a hook', () => {
    it.each(hooks)(
      '%s that rejects fails the call with its error, and costs no slot',
      async (hook) => {
        const refused = new Error('refused')
        let armed = true
        const run = async (): Promise<void> => {
          if (armed) throw refused
        }
        const subject = world.open({ max: 2 }, { [hook]: run })
        for (let attempt = 0; attempt < 3; attempt += 1) {
          expect(await errorOf(subject.query('select 1'))).toBe(refused)
          expect(await errorOf(subject.transaction(async () => {}))).toBe(refused)
        }
        armed = false
        await subject.transaction((tx) => tx.query(insertEntry(1)))
        expect(await world.entries()).toEqual([1])
      },
    )
  })
}
