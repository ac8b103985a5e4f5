import { describe, expect, it } from 'vitest'
import { type BlockNode, blockForest } from '../../page/lists/block-forest.ts'
import type { BackendName, BlockView } from '../../src/state/dashboard-state.ts'

function backend(processId: number): BackendName {
  return { processId, connectionId: null, applicationName: null, statement: null }
}

function blocks(...pairs: readonly (readonly [number, number])[]): readonly BlockView[] {
  return pairs.map(([waiting, holder]) => ({
    waiting: backend(waiting),
    holder: backend(holder),
    waitedMs: 1,
  }))
}

/** `1(2(3))`: 2 waits for 1, and 3 for 2. */
function drawn(nodes: readonly BlockNode[]): string {
  return nodes
    .map(({ backend: { processId }, waiters }) =>
      waiters.length === 0 ? String(processId) : `${processId}(${drawn(waiters)})`,
    )
    .join(' ')
}

describe('who blocks whom', () => {
  it.each([
    ['nobody waits', blocks(), ''],
    ['one waits', blocks([2, 1]), '1(2)'],
    ['they wait in a row', blocks([3, 2], [2, 1]), '1(2(3))'],
    ['several wait for one', blocks([2, 1], [3, 1]), '1(2 3)'],
    ['one waits for two', blocks([3, 1], [3, 2]), '1(3) 2(3)'],
    ['they wait in a circle', blocks([1, 2], [2, 1]), '1(2(1))'],
    ['some wait for a circle', blocks([3, 1], [1, 2], [2, 1]), '1(3 2(1))'],
  ])('is a tree from the holders down when %s', (_, given, tree) => {
    expect(drawn(blockForest(given))).toBe(tree)
  })

  it('draws no more than a bounded number of waits that branch', () => {
    const dense = Array.from({ length: 40 }, (_, holder) =>
      Array.from({ length: 40 }, (_, waiting) => [waiting + 40, holder] as const),
    ).flat()
    const size = (nodes: readonly BlockNode[]): number =>
      nodes.reduce((sum, { waiters }) => sum + 1 + size(waiters), 0)
    expect(size(blockForest(blocks(...dense)))).toBeLessThanOrEqual(300)
  })
})
