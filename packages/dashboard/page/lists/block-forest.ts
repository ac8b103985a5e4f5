import type { BackendName, BlockView } from '../../src/state/dashboard-state.ts'

/** A backend with those that wait for it. */
export interface BlockNode {
  readonly backend: BackendName
  /** How long it has waited for the one above it; `null` at the top, and where that is not known. */
  readonly waitedMs: number | null
  readonly waiters: readonly BlockNode[]
}

/** As many nodes at most, whoever waits for whomever. */
const maxNodes = 200

/** Who holds up whom, from those who wait for nobody down; a circle begins at its smallest pid. */
export function blockForest(blocks: readonly BlockView[]): readonly BlockNode[] {
  const byHolder = Map.groupBy(blocks, ({ holder }) => keyOf(holder))
  const waiting = new Set(blocks.map((block) => keyOf(block.waiting)))
  const roots = [...byHolder.values()].flatMap(([first]) =>
    first === undefined ? [] : [first.holder],
  )
  const seen = new Set<string>()
  let nodes = 0
  const grow = (backend: BackendName, waitedMs: number | null): BlockNode => {
    const key = keyOf(backend)
    const isNew = !seen.has(key)
    seen.add(key)
    nodes += 1
    const below = isNew && nodes < maxNodes ? (byHolder.get(key) ?? []) : []
    return { backend, waitedMs, waiters: below.map((block) => grow(block.waiting, block.waitedMs)) }
  }
  const forest = roots
    .filter((holder) => !waiting.has(keyOf(holder)))
    .map((holder) => grow(holder, null))
  const circles = roots
    .filter((holder) => waiting.has(keyOf(holder)))
    .sort((a, b) => (a.processId ?? 0) - (b.processId ?? 0))
  for (const holder of circles) {
    if (!seen.has(keyOf(holder)) && nodes < maxNodes) forest.push(grow(holder, null))
  }
  return forest
}

/** By pid; by connection where there is none. */
export function keyOf({ processId, connectionId }: BackendName): string {
  return processId === null ? `connection ${connectionId}` : `pid ${processId}`
}
