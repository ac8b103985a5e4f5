import type { PoolCounts } from '../errors.ts'
import type { Connection } from './connection.ts'

/** The connections that take a slot, by state. */
export function countConnections(
  slots: ReadonlySet<Connection>,
  max: number,
  closing: number,
  waiting: number,
): PoolCounts {
  const byState = {
    opening: 0,
    idle: 0,
    leased: 0,
    probing: 0,
    cleaning: 0,
    closing: 0,
    closed: 0,
  }
  for (const connection of slots) byState[connection.state] += 1
  const { opening, idle, leased, probing, cleaning } = byState
  return { max, total: slots.size, opening, idle, leased, probing, cleaning, closing, waiting }
}
