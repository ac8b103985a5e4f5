import { expect, it } from 'vitest'
import { assessment, createRecycler, quiet, view } from './views.ts'

it('can be changed while the pool runs', () => {
  const slow = view({ assessment: assessment('high_latency') })
  const recycler = createRecycler({}, 'observe')
  expect(recycler.decide(slow, quiet, 0)).toMatchObject({ action: 'keep', heldBack: 'mode' })
  recycler.mode = 'enforce'
  expect(recycler.decide(slow, quiet, 0)).toMatchObject({ action: 'evict', cause: 'latency' })
})
