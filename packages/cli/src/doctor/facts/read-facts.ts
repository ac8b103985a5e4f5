import { classifyFault, printable } from '@hale/core'
import { type ConnectOptions, connect, countAddresses, isLocalHost } from './connect.ts'
import type {
  AskedFacts,
  ConnectionFacts,
  DatabaseFacts,
  ReplicationFacts,
  ServerFacts,
} from './database-facts.ts'
import type { DoctorSession } from './doctor-session.ts'
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
  return {
    idleInTransaction: idleInTransaction ?? [],
    longTransactions: longTransactions ?? [],
    blocked: blocked ?? [],
    prepared,
  }
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

interface ServerRow {
  readonly version: number
  readonly version_text: string
  readonly in_recovery: boolean
  readonly is_read_only: boolean
  readonly uptime_ms: number
  readonly sees_all: boolean
  readonly is_superuser: boolean
}

function toServer(answer: unknown): ServerFacts {
  const row = answer as ServerRow
  return {
    version: row.version,
    versionText: printable(row.version_text),
    role: row.in_recovery ? 'standby' : 'primary',
    isReadOnly: row.is_read_only,
    uptimeMs: row.uptime_ms,
    seesAll: row.sees_all,
    isSuperuser: row.is_superuser,
  }
}

interface ConnectionRow {
  readonly max: number
  readonly reserved: number
  readonly used: number
  readonly role_limit: number
  readonly role_used: number
  readonly database_limit: number
  readonly database_used: number
  readonly by_application: readonly {
    readonly application: string
    readonly connections: number
    readonly idle: number
  }[]
}

function toConnections(row: ConnectionRow, seesAll: boolean): ConnectionFacts {
  const limit = (given: number): number | undefined => (given < 0 ? undefined : given)
  return {
    max: row.max,
    reserved: row.reserved,
    used: seesAll ? row.used : undefined,
    free: seesAll ? Math.max(0, row.max - row.reserved - row.used) : undefined,
    roleLimit: limit(row.role_limit),
    roleUsed: row.role_used,
    databaseLimit: limit(row.database_limit),
    databaseUsed: row.database_used,
    byApplication: row.by_application.map(({ application, connections, idle }) => ({
      application: printable(application) || '(no name)',
      connections,
      idle: seesAll ? idle : undefined,
    })),
  }
}

/** Asks one thing after the other; what is refused is noted, and the rest goes on. */
class FactReader {
  readonly #session: DoctorSession
  readonly #unseen: { fact: string; reason: string }[] = []
  #isOver = false

  constructor(session: DoctorSession) {
    this.#session = session
  }

  ask<Fact>(
    fact: string,
    question: string,
    read: (answer: unknown) => Fact,
  ): Promise<Fact | undefined> {
    return this.read(fact, async () => read(await this.#session.ask(question)))
  }

  async read<Fact>(fact: string, look: () => Promise<Fact>): Promise<Fact | undefined> {
    if (this.#isOver) {
      this.miss(fact, 'the session was lost before')
      return undefined
    }
    try {
      return await look()
    } catch (error) {
      const { kind, sqlState, endsSession } = classifyFault(error)
      this.#isOver = endsSession || kind === 'query_timeout' // the answer may come yet, to another question
      this.miss(fact, sqlState === undefined ? `no answer (${kind})` : `refused (${sqlState})`)
      return undefined
    }
  }

  miss(fact: string, reason: string): void {
    this.#unseen.push({ fact, reason })
  }

  unseen(isPooled: boolean): DatabaseFacts['unseen'] {
    const why = 'the pooler answers for it'
    return isPooled
      ? [...this.#unseen, { fact: 'the network between the pooler and the server', reason: why }]
      : this.#unseen
  }
}
