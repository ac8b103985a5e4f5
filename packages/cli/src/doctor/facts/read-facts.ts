import { type ConnectOptions, connect, countAddresses, isLocalHost } from './connect.ts'
import type { AskedFacts, DatabaseFacts, ReplicationFacts, ServerFacts } from './database-facts.ts'
import { FactReader } from './fact-reader.ts'
import { findPooler } from './find-pooler.ts'
import {
  blockedQuestion,
  connectionsQuestion,
  idleInTransactionQuestion,
  lagQuestion,
  longTransactionsQuestion,
  preparedQuestion,
  serverQuestion,
  settingsQuestion,
  standbysQuestion,
} from './questions.ts'
import { type ConnectionRow, toConnections } from './read-connections.ts'
import { toServer } from './read-server.ts'
import {
  type BlockedRow,
  type SessionRow,
  toBlockedSession,
  toSessionView,
} from './read-sessions.ts'
import { readSettings, type SettingRow, settingNames } from './server-settings.ts'
import type { SessionFacts } from './session-facts.ts'
import { timeRoundTrips } from './time-round-trips.ts'

export interface ReadFactsOptions extends ConnectOptions {
  readonly asked: AskedFacts
  readonly samples: number
}

/** Opens a session, at times two, and looks. Rejects when it gets none, or loses it before the first answer. */
export async function readFacts(options: ReadFactsOptions): Promise<DatabaseFacts> {
  // the first one of a process takes longer, as code is loaded and names are looked up: it is not the one that counts
  await (await connect(options)).session.close()
  const { session, times, tls } = await connect(options)
  try {
    const { host } = session.client
    const roundTrip = await timeRoundTrips(() => session.run(''), options.samples)
    const smallQuery = await timeRoundTrips(() => session.run('select 1'), options.samples)
    const reader = new FactReader(session)
    const pooler = await reader.read('what stands between', () => findPooler(session, options))
    return {
      at: Date.now(),
      asked: options.asked,
      network: {
        isLocal: isLocalHost(host),
        addresses: await countAddresses(host),
        ...times,
        roundTrip,
        smallQuery,
      },
      tls,
      pooler,
      ...(await readServerSide(reader)),
      unseen: reader.unseen(pooler !== undefined),
    }
  } finally {
    await session.close()
  }
}

type ServerSide = Pick<
  DatabaseFacts,
  'server' | 'settings' | 'connections' | 'sessions' | 'replication'
>

async function readServerSide(reader: FactReader): Promise<ServerSide> {
  const server = await reader.ask('the server itself', serverQuestion, toServer)
  const settings = await reader.ask('settings', settingsQuestion(settingNames), (answer) =>
    readSettings(answer as Record<string, SettingRow>),
  )
  if (server === undefined) {
    return { server, settings, connections: undefined, sessions: undefined, replication: undefined }
  }
  const { seesAll } = server
  const connections = await reader.ask('connections', connectionsQuestion, (answer) =>
    toConnections(answer as ConnectionRow, seesAll),
  )
  if (!seesAll) reader.miss('how many connections are in use', needsStatistics)
  const sessions = await readSessions(reader, server, settings?.standardStrings ?? false)
  return {
    server,
    settings,
    connections,
    sessions,
    replication: await readReplication(reader, server),
  }
}

const needsStatistics = 'needs pg_monitor, or pg_read_all_stats'

async function readSessions(
  reader: FactReader,
  { seesAll, version }: ServerFacts,
  standardStrings: boolean,
): Promise<SessionFacts | undefined> {
  if (!seesAll) {
    reader.miss('what sessions of other roles do', needsStatistics)
    return undefined
  }
  const views = (answer: unknown) =>
    (answer as SessionRow[]).map((row) => toSessionView(row, standardStrings))
  const idleInTransaction = await reader.ask(
    'sessions idle in transaction',
    idleInTransactionQuestion,
    views,
  )
  const longTransactions = await reader.ask('long transactions', longTransactionsQuestion, views)
  const blocked = await reader.ask('who blocks whom', blockedQuestion(version), (answer) =>
    (answer as BlockedRow[]).map((row) => toBlockedSession(row, standardStrings)),
  )
  const prepared = await reader.ask('prepared transactions', preparedQuestion, (answer) => {
    const { count, oldest_ms } = answer as { count: number; oldest_ms: number | null }
    return { count, oldestMs: oldest_ms ?? undefined }
  })
  return { idleInTransaction, longTransactions, blocked, prepared }
}

async function readReplication(
  reader: FactReader,
  { role, seesAll }: ServerFacts,
): Promise<ReplicationFacts | undefined> {
  const none = { standbys: undefined, synchronousStandbys: undefined, isSynchronous: false }
  if (role === 'standby') {
    return reader.ask('replication lag', lagQuestion, (answer) => {
      const { lag_ms } = answer as { lag_ms: number | null }
      return { ...none, lagMs: lag_ms ?? undefined }
    })
  }
  if (!seesAll) {
    reader.miss('the standbys', needsStatistics)
    return undefined
  }
  return reader.ask('the standbys', standbysQuestion, (answer) => {
    const row = answer as { count: number; synchronous: number; is_synchronous: boolean }
    return {
      lagMs: undefined,
      standbys: row.count,
      synchronousStandbys: row.synchronous,
      isSynchronous: row.is_synchronous,
    }
  })
}
