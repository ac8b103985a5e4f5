import type { PoolView } from '../../src/state/dashboard-state.ts'
import { bytes, count, duration, integer, list, significant } from './quantities.ts'

/** A fact about the server: what it is about, and what is known. */
export interface ServerFact {
  readonly name: string
  readonly text: string
}

type Server = PoolView['server']

const sentinels: Readonly<Record<Server['sentinel'], string>> = {
  off: 'Off: nobody asks the server about backends and locks.',
  resting: 'Resting: its session is opened when there is something to watch.',
  watching: 'Watching over a session of its own, which takes no slot of the pool.',
  unreachable: 'It is not let in, or gets no answer.',
  pooled: 'Behind a pooler: it asks about the server only, as backends cannot be told apart.',
}

/** What the server is and says of itself. What is not known is left out; `limitsOf` says why. */
export function serverFacts({ target, server }: PoolView): readonly ServerFact[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Address', addressOf(target)],
    ['Server', identityOf(server)],
    ['Its connections', headroomOf(server)],
    ['Replication', replicationOf(server)],
    ['Active backends', waitsOf(server)],
    ['Deadlocks', perSecond(server.deadlocksPerSecond, 'deadlock')],
    [
      'Conflicts',
      server.conflictsPerSecond
        ? perSecond(server.conflictsPerSecond, 'cancelled query', 'cancelled queries')
        : undefined,
    ],
    [
      'Temporary files',
      server.tempBytesPerSecond ? `${bytes(server.tempBytesPerSecond)}/s written` : undefined,
    ],
    ['Checkpoints', checkpointsOf(server)],
    ['In between', poolerOf(server)],
    ['Sentinel', sentinels[server.sentinel]],
  ]
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]))
}

/** What cannot be seen, as in `Backend memory: needs PostgreSQL 14`. */
export function limitsOf({ server }: PoolView): readonly ServerFact[] {
  return server.limits.map(({ fact, reason }) => ({ name: fact, text: reason }))
}

/** `db.internal:5432/orders`. */
export function addressOf({ host, port, database }: PoolView['target']): string {
  if (host.startsWith('/')) return `${host} (socket)${database === null ? '' : `, ${database}`}`
  return `${host}:${port}${database === null ? '' : `/${database}`}`
}

/** Swaps by what asked for them, and whether they helped. */
export function learningSentences({ learning }: PoolView): readonly string[] {
  const channels: Readonly<Record<keyof PoolView['learning'], string>> = {
    shift: 'being slow',
    tail: 'stalling',
    error: 'failing',
    ageing: 'ageing',
    liveness: 'not answering',
  }
  return Object.entries(learning).flatMap(([channel, { swaps, helped }]) => {
    if (!swaps) return []
    const why = channels[channel as keyof PoolView['learning']] ?? channel
    return [`${integer(helped)} of ${count(swaps, 'swap')} for ${why} helped`]
  })
}

function identityOf({ version, role, uptimeMs }: Server): string | undefined {
  if (version === undefined && role === undefined) return undefined
  const told = [version === undefined ? 'PostgreSQL' : `PostgreSQL ${version}`]
  if (role !== undefined) told.push(`a ${role}`)
  if (uptimeMs !== undefined) told.push(`up for ${duration(uptimeMs)}`)
  return told.join(', ')
}

function headroomOf({ connections }: Server): string | undefined {
  if (connections === undefined) return undefined
  const { max, used, free, reserved } = connections
  return `${integer(used)} of ${integer(max)} are in use by all clients together, ${integer(free)} are free, ${integer(reserved)} reserved`
}

function replicationOf({ role, replicationLagMs, standbys }: Server): string | undefined {
  if (role === 'standby') {
    return replicationLagMs === undefined
      ? undefined
      : `${duration(replicationLagMs)} behind its primary`
  }
  if (standbys === undefined) return undefined
  if (standbys === 0) return 'No standby'
  const lag =
    replicationLagMs === undefined ? '' : `, the last is ${duration(replicationLagMs)} behind`
  return `${count(standbys, 'standby', 'standbys')}${lag}`
}

function waitsOf({ waits }: Server): string | undefined {
  if (waits === undefined) return undefined
  const parts = Object.entries(waits)
    .filter(([, amount]) => amount > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([what, amount]) =>
      what === 'CPU' ? `${integer(amount)} on the CPU` : `${integer(amount)} waiting for ${what}`,
    )
  return parts.length === 0 ? 'None' : list(parts)
}

function perSecond(rate: number | undefined, noun: string, nouns?: string): string | undefined {
  if (rate === undefined) return undefined
  if (rate === 0) return 'None'
  return rate >= 1
    ? `${count(rate, noun, nouns)} per second`
    : `${significant(rate * 60)} per minute`
}

function checkpointsOf({ checkpointsPerMinute }: Server): string | undefined {
  const { timed, requested } = checkpointsPerMinute ?? {}
  if (timed === undefined || requested === undefined) return undefined
  if (timed + requested === 0) return 'None of late'
  return `${significant(timed)} per minute when due, ${significant(requested)} on request`
}

function poolerOf({ pooler }: Server): string | undefined {
  if (pooler === undefined) return undefined
  const name = pooler.name === 'pgbouncer' ? 'PgBouncer' : 'A pooler of unknown make'
  return pooler.mode === undefined ? name : `${name}, one backend per ${pooler.mode}`
}
