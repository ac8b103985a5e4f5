import type { SupervisedConnection } from './pool-port.ts'

/**
 * Whether no other connection has been heard of since `since`, so that silence is the server's, or
 * our own network's, and no fault of the one that was asked. `false` where there is no other.
 */
export function isServerSilent(
  connections: Iterable<SupervisedConnection>,
  askedId: number,
  since: number,
): boolean {
  let others = 0
  for (const { id, heardAt } of connections) {
    if (id === askedId || heardAt === Number.NEGATIVE_INFINITY) continue // being opened: no witness
    if (heardAt > since) return false
    others += 1
  }
  return others > 0
}
