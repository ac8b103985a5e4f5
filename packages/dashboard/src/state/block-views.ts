import type { ConnectionSnapshot } from '@hale/pg'
import type { BackendName, BlockView } from './dashboard-state.ts'

/** Blocks that are sent. */
const maxBlocks = 200

type ServerReport = NonNullable<ConnectionSnapshot['metrics']['server']>
type BackendView = NonNullable<ServerReport['blockers']>[number]
type Names = ReadonlyMap<number, number>

/** Who waits for whom, by what the server says of this pool's backends; each pair once. */
export function blockViews(connections: readonly ConnectionSnapshot[]): readonly BlockView[] {
  const names: Map<number, number> = new Map()
  for (const { processId, connectionId } of connections) {
    if (processId !== undefined) names.set(processId, connectionId)
  }
  const blocks = new Map<string, BlockView>()
  for (const connection of connections) {
    for (const block of blocksOf(connection, names)) {
      const key = `${block.waiting.processId} ${block.holder.processId}`
      const known = blocks.get(key)
      if (known === undefined && blocks.size >= maxBlocks) continue
      blocks.set(key, known === undefined ? block : merged(known, block))
    }
  }
  return [...blocks.values()]
}

function blocksOf(connection: ConnectionSnapshot, names: Names): readonly BlockView[] {
  const { server } = connection.metrics
  if (server === undefined) return []
  const { blockedByPids = [], blockers = [], waiters = [], blockedMs = null } = server
  const self: BackendName = {
    processId: connection.processId ?? null,
    connectionId: connection.connectionId,
    applicationName: null,
    statement: null,
  }
  const holders = blockedByPids.map((pid) => blockers.find((view) => view.pid === pid) ?? { pid })
  return [
    ...holders.map((view) => ({
      waiting: self,
      holder: backendName(view, names),
      waitedMs: blockedMs,
    })),
    ...waiters.map((view) => ({
      waiting: backendName(view, names),
      holder: self,
      waitedMs: view.waitingMs ?? null,
    })),
  ]
}

function backendName(view: BackendView, names: Names): BackendName {
  return {
    processId: view.pid,
    connectionId: names.get(view.pid) ?? null,
    applicationName: view.application ?? null,
    statement: view.statement ?? null,
  }
}

/** The same pair seen from both ends: each end knows the other best. */
function merged(first: BlockView, second: BlockView): BlockView {
  return {
    waiting: mergedName(first.waiting, second.waiting),
    holder: mergedName(first.holder, second.holder),
    waitedMs: first.waitedMs ?? second.waitedMs,
  }
}

function mergedName(first: BackendName, second: BackendName): BackendName {
  return {
    processId: first.processId,
    connectionId: first.connectionId ?? second.connectionId,
    applicationName: first.applicationName ?? second.applicationName,
    statement: first.statement ?? second.statement,
  }
}
