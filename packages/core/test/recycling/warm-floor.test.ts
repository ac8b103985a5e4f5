import { describe, expect, it } from 'vitest'
import { assessment, createRecycler, quiet, view } from './views.ts'

const floor = { ...quiet, total: 4, min: 4 }
const slow = view({ assessment: assessment('high_latency') })

describe('the warm floor', () => {
  it('keeps what no successor can be opened for', () => {
    const recycler = createRecycler()
    const atFloor = { action: 'keep', heldBack: 'floor' }
    expect(recycler.decide(slow, floor, 0)).toEqual(atFloor)
    expect(recycler.decide(view({ deadlineAt: 0 }), floor, 0)).toEqual(atFloor)
    expect(recycler.decide(view({ uses: 1, maxUses: 1 }), floor, 0)).toEqual(atFloor)
  })

  it('lets go above it, or when a successor can be opened', () => {
    const recycler = createRecycler()
    for (const pool of [
      { ...floor, total: 5 },
      { ...floor, canReplace: true },
    ]) {
      expect(recycler.decide(slow, pool, 0).action).toBe('evict')
      expect(recycler.decide(view({ deadlineAt: 0 }), pool, 0).action).toBe('retire')
    }
  })

  it('does not keep what is certainly faulty', () => {
    const standby = view({ assessment: assessment('high_latency', 'wrong_role') })
    expect(createRecycler().decide(standby, floor, 0)).toEqual({ action: 'evict', cause: 'role' })
  })

  it('names what held back the eviction before what held back the retirement', () => {
    const both = view({ assessment: assessment('high_latency'), deadlineAt: 0 })
    expect(createRecycler({}, 'observe').decide(both, floor, 0)).toEqual({
      action: 'keep',
      heldBack: 'mode',
    })
  })

  it('never lets idleness go below it, successor or not', () => {
    const idle = view({ idleMs: 10, idleTimeoutMs: 10 })
    const recycler = createRecycler()
    expect(recycler.decide(idle, { ...floor, canReplace: true }, 0)).toEqual({ action: 'keep' })
    expect(recycler.decide(idle, { ...floor, total: 5 }, 0).action).toBe('retire')
  })
})
