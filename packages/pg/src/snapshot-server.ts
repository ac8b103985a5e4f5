import type { Connection } from './pool/connection.ts'
import type { MemoryWatch } from './pool/memory-watch.ts'
import type { Sentinels } from './sentinel/sentinels.ts'
import type { ServerLimit, ServerSnapshot } from './server-snapshot.ts'

const nobodyAsks: ServerLimit = { fact: "the server's side", reason: 'the sentinel is off' }

/** Who finds out more than connections are told. */
export interface Watchers {
  readonly sentinels: Sentinels | undefined
  readonly memory: Pick<MemoryWatch, 'limit'>
}

/** What open connections were told, and what the sentinel knows, where there is one. */
export function snapshotServer(
  connections: readonly Connection[],
  { sentinels, memory }: Watchers,
  now: number,
): ServerSnapshot {
  const newest = connections.findLast(({ wire }) => wire.serverVersion !== undefined)
  const main = sentinels?.main
  const sight = main?.view.snapshot(now)
  const { host, port } = newest?.client ?? {}
  const role = sight?.role ?? roleOf(newest?.wire.inHotStandby) // a session is told late, a pooler's perhaps never
  return {
    host,
    port,
    version: newest?.wire.serverVersion,
    inHotStandby: role === undefined ? undefined : role === 'standby',
    role,
    uptimeMs: sight?.uptimeMs,
    systemIdentifier: sight?.systemIdentifier,
    timeline: sight?.timeline,
    connections: sight?.connections,
    deadlocksPerSecond: sight?.deadlocksPerSecond,
    conflictsPerSecond: sight?.conflictsPerSecond,
    tempBytesPerSecond: sight?.tempBytesPerSecond,
    checkpointsPerMinute: sight?.checkpointsPerMinute,
    replicationLagMs: sight?.replicationLagMs,
    standbys: sight?.standbys,
    waits: sight?.waits,
    pooler: sight?.pooler,
    sentinel: sentinels === undefined ? 'off' : (main?.state ?? 'resting'),
    limits: limitsOf(sentinels === undefined ? [nobodyAsks] : (sight?.limits ?? []), memory.limit),
  }
}

/** The sentinel may have found out already why memory cannot be seen. */
function limitsOf(
  limits: readonly ServerLimit[],
  ofMemory: ServerLimit | undefined,
): readonly ServerLimit[] {
  const isNew = ofMemory !== undefined && !limits.some(({ fact }) => fact === ofMemory.fact)
  return isNew ? [...limits, ofMemory] : limits
}

function roleOf(inHotStandby: boolean | undefined): 'primary' | 'standby' | undefined {
  if (inHotStandby === undefined) return undefined
  return inHotStandby ? 'standby' : 'primary'
}
