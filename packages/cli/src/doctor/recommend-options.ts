import { durationInWords } from '@hale/core'
import type { DatabaseFacts } from './facts/database-facts.ts'

/** An option of `HealthAwarePool`, by its path. */
export interface RecommendedOption {
  /** As in `recycling.maxLifetimeMs`. */
  readonly option: string
  readonly value: number | string | boolean
  readonly reason: string
}

/** pg.Pool's own; more rarely makes a server faster. */
const USUAL_MAX = 10
/** Left free for deployments, during which old and new processes overlap, and for people. */
const SPARE_RATIO = 0.25
/** Beside `max`: the session of the sentinel, and a replacement that warms. */
const EXTRA = 2
const SLOW_CONNECT_MS = 50

/** How many connections pools of this size take at most. */
export function connectionsOfPools(max: number, processes: number): number {
  return (max + EXTRA) * processes
}

/** What a pool in front of this database should be told, each with its reason. */
export function recommendOptions(facts: DatabaseFacts): readonly RecommendedOption[] {
  const max = recommendMax(facts)
  return [
    max,
    recommendMin(facts, Number(max.value)),
    recommendConnectionTimeout(facts),
    recommendIdleTimeout(facts),
    recommendLifetime(facts),
    ...recommendKeepAlive(facts),
    ...recommendTarget(facts),
    ...recommendQueryTimeout(facts),
  ]
}

function recommendMax({ asked, connections, pooler }: DatabaseFacts): RecommendedOption {
  const { processes } = asked
  const wanted = asked.max ?? USUAL_MAX
  const limits = [
    connections?.free,
    connections?.roleLimit && connections.roleLimit - connections.roleUsed,
    connections?.databaseLimit && connections.databaseLimit - connections.databaseUsed,
  ].filter((limit) => limit !== undefined)
  const of = asked.max === undefined ? 'what usually is enough' : 'as you asked'
  if (pooler !== undefined) {
    const reason = `${of}; how many clients the pooler takes is a setting of its own, which it does not tell`
    return { option: 'max', value: wanted, reason }
  }
  if (limits.length === 0) {
    const most = connections === undefined ? '' : ` of ${connections.max} in all`
    return {
      option: 'max',
      value: wanted,
      reason: `${of}; how many connections are free${most} is not known`,
    }
  }
  const free = Math.max(0, Math.min(...limits))
  const share = Math.floor((free * (1 - SPARE_RATIO)) / processes) - EXTRA
  const each = processes === 1 ? '' : ` for ${processes} processes`
  const kept = `${free} are free${each}, a quarter of them stays so, and a pool takes ${EXTRA} more than its max`
  if (share >= wanted) return { option: 'max', value: wanted, reason: `${of}; ${kept}` }
  return { option: 'max', value: Math.max(1, share), reason: kept }
}

function recommendMin({ network, pooler }: DatabaseFacts, max: number): RecommendedOption {
  const opens = `a connection opens in ${durationInWords(network.connectMs)}`
  if (pooler !== undefined) {
    return { option: 'min', value: 0, reason: 'the pooler keeps backends warm' }
  }
  if (network.connectMs < SLOW_CONNECT_MS) {
    return {
      option: 'min',
      value: Math.min(1, max),
      reason: `${opens}, so one that is warm is enough`,
    }
  }
  const value = Math.min(max, Math.max(2, Math.ceil(max / 4)))
  return { option: 'min', value, reason: `${opens}, which callers would wait for` }
}

function recommendConnectionTimeout({ network }: DatabaseFacts): RecommendedOption {
  const value = Math.min(
    30_000,
    Math.max(5_000, Math.ceil((network.connectMs * 20) / 1_000) * 1_000),
  )
  const reason = `far more than the ${durationInWords(network.connectMs)} that opening takes, and short enough to fail before a user gives up`
  return { option: 'connectionTimeoutMillis', value, reason }
}

function recommendIdleTimeout({ settings, pooler }: DatabaseFacts): RecommendedOption {
  const option = 'idleTimeoutMillis'
  const usual = pooler === undefined ? 30_000 : 10_000
  const server = settings?.idleSessionTimeoutMs ?? 0
  if (server > 0 && server / 2 < usual) {
    const reason = `half of the ${durationInWords(server)} after which the server ends a session`
    return { option, value: Math.max(1, Math.floor(server / 2)), reason }
  }
  const reason =
    pooler === undefined
      ? 'gives back what a peak opened'
      : 'gives backends back to the pooler soon after a peak'
  return { option, value: usual, reason }
}

function recommendLifetime({ network, replication }: DatabaseFacts): RecommendedOption {
  const option = 'recycling.maxLifetimeMs'
  const moves = (network.addresses ?? 1) > 1 || (replication?.standbys ?? 0) > 0
  return moves
    ? {
        option,
        value: 600_000,
        reason:
          'there is more than one server: connections spread over them again, and follow the name, within 10 min',
      }
    : {
        option,
        value: 1_800_000,
        reason: 'frees the memory that a backend gathers; nothing here asks for less',
      }
}

function recommendKeepAlive({ network }: DatabaseFacts): readonly RecommendedOption[] {
  if (network.isLocal) return []
  const reason = 'firewalls and address translation forget connections that are silent'
  return [{ option: 'keepAlive', value: true, reason }]
}

function recommendTarget({ server, replication }: DatabaseFacts): readonly RecommendedOption[] {
  const option = 'targetSessionAttrs'
  if (server?.role === 'standby') {
    return [
      {
        option,
        value: 'standby',
        reason: 'it is one; for writes name the other servers in `hosts`',
      },
    ]
  }
  if ((replication?.standbys ?? 0) === 0) return []
  return [
    {
      option,
      value: 'read-write',
      reason: 'after a failover the old primary may answer as a standby',
    },
  ]
}

function recommendQueryTimeout({ pooler, settings }: DatabaseFacts): readonly RecommendedOption[] {
  if (pooler === undefined) return []
  const limit = settings?.statementTimeoutMs ?? 0
  const value = limit > 0 ? limit + 5_000 : 60_000
  const reason = 'behind a pooler only time tells that a statement will never be answered'
  return [{ option: 'query_timeout', value, reason }]
}
