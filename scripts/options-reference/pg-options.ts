/** An option of pg.PoolConfig, in words of ours, as its types have none. */
export interface PgOption {
  readonly meaning: string
  readonly default: string
  /** What is different on Hale; `undefined` where nothing is. */
  readonly changed?: string
}

/**
 * Every option of pg.PoolConfig. The types say which there are, and a test that none is left out.
 * Grouped as a reader looks for them.
 */
export const pgOptions: Readonly<Record<string, PgOption>> = {
  connectionString: { meaning: 'a URL that names everything below', default: 'none' },
  host: { meaning: 'name, address, or folder of a Unix socket', default: "PGHOST, `'localhost'`" },
  port: { meaning: 'its port', default: 'PGPORT, `5432`' },
  user: { meaning: 'who logs in', default: 'PGUSER, the user of the operating system' },
  password: {
    meaning:
      'a text, or a function that gives one, also as a promise, at each opening: for tokens that expire',
    default: 'PGPASSWORD, `~/.pgpass`',
  },
  database: { meaning: 'the database', default: 'PGDATABASE, the name of the user' },
  ssl: {
    meaning: '`true`, or options of `tls.connect`',
    default: '`false`',
    changed: 'a frozen object with a `key` is refused, because pg hides the key in it',
  },
  sslnegotiation: {
    meaning: "`'direct'` begins with TLS at once, from PostgreSQL 17",
    default: "`'postgres'`",
  },
  enableChannelBinding: {
    meaning: 'SCRAM with channel binding, where the server offers it',
    default: '`false`',
  },
  max: {
    meaning: 'connections at most',
    default: '`10`',
    changed: '`0` is an error and not 10. May be changed while the pool runs',
  },
  min: {
    meaning: 'connections that stay',
    default: '`0`',
    changed:
      'they are opened at the start and opened anew when one is lost. May be changed while the pool runs',
  },
  connectionTimeoutMillis: {
    meaning: 'how long `connect()` and `query()` wait for a connection, in ms; `0` waits for ever',
    default: '`0`',
    changed: 'default `30_000`. One deadline over the queue, the verification and the opening',
  },
  idleTimeoutMillis: {
    meaning: 'how long a connection may be idle until it is closed, in ms; `0` for ever',
    default: '`10_000`',
  },
  maxUses: {
    meaning: 'how often a connection is lent until it is replaced',
    default: '`Infinity`',
  },
  maxLifetimeSeconds: {
    meaning: 'how old a connection may be until it is replaced, in s; `0` for no limit',
    default: '`0`',
    changed:
      'default 1800. Spread by `recycling.jitterRatio`, and the successor opens first. Or `recycling.maxLifetimeMs`, not both',
  },
  allowExitOnIdle: {
    meaning: 'whether the process may end while connections are idle',
    default: '`false`',
  },
  query_timeout: {
    meaning: 'how long a statement may take until its caller is told, in ms',
    default: 'none',
    changed:
      'the statement is then cancelled on the server, and the connection is lent again when that is done',
  },
  statement_timeout: {
    meaning: 'how long the server lets a statement run, in ms',
    default: "the server's",
  },
  lock_timeout: {
    meaning: 'how long the server lets it wait for a lock, in ms',
    default: "the server's",
  },
  idle_in_transaction_session_timeout: {
    meaning: 'how long the server lets a session be idle in a transaction, in ms',
    default: "the server's",
  },
  application_name: {
    meaning: 'what `pg_stat_activity` shows',
    default: 'PGAPPNAME',
    changed: "the sentinel's session is named after it",
  },
  fallback_application_name: { meaning: 'the same, where nothing else gives one', default: 'none' },
  client_encoding: { meaning: 'encoding of the session', default: "`'utf8'`" },
  options: {
    meaning: "settings of the session, as in `'-c search_path=shop'`",
    default: 'PGOPTIONS',
  },
  keepAlive: { meaning: 'TCP keepalive of the socket', default: '`false`' },
  keepAliveInitialDelayMillis: { meaning: 'silence until its first packet, in ms', default: '`0`' },
  stream: { meaning: 'a function that makes the socket', default: "Node's own" },
  types: { meaning: 'parsers of column types', default: "pg's" },
  pipeline: {
    meaning:
      'whether statements are sent before those before them are answered, in versions of pg that have it',
    default: '`false`',
    changed:
      'statements that queue behind another take no part in duels; when `query_timeout` fires pg closes the connection, so that nothing is cancelled',
  },
  Client: { meaning: 'the class of the clients', default: "pg's `Client`" },
  Promise: { meaning: 'the class of the promises', default: '`Promise`' },
  onConnect: { meaning: 'called with each client that was opened', default: 'none' },
  verify: { meaning: 'asked before a client is lent for the first time', default: 'none' },
  log: { meaning: 'gets words about what the pool does', default: 'none' },
}
