import type { Connection } from '../pool/connection.ts'

/** The connection of one pool that has this backend of the server which began then. */
export type FindBackend = (serverStartedAt: string, pid: number) => Connection | undefined

/** Pools of this process that are watched: who blocks whom may lie in two of them. */
const pools = new Set<FindBackend>()

/** Has the backends of a pool found by the others, until what is returned is called. */
export function registerBackends(find: FindBackend): () => void {
  pools.add(find)
  return () => {
    pools.delete(find)
  }
}

/** Looks through all pools of this process. */
export function findLocalBackend(serverStartedAt: string, pid: number): Connection | undefined {
  for (const find of pools) {
    const found = find(serverStartedAt, pid)
    if (found !== undefined) return found
  }
  return undefined
}
