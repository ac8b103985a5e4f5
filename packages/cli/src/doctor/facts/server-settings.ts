/** Settings as a session of this role in this database gets them; those that the version has not are missing. */
export interface ServerSettings {
  /** Durations in ms; 0 is off. */
  readonly statementTimeoutMs: number | undefined
  readonly lockTimeoutMs: number | undefined
  readonly idleInTransactionTimeoutMs: number | undefined
  readonly idleSessionTimeoutMs: number | undefined
  readonly transactionTimeoutMs: number | undefined
  readonly authenticationTimeoutMs: number | undefined
  readonly clientCheckIntervalMs: number | undefined
  /** 0 is what the operating system does, or a Unix socket. */
  readonly keepaliveIdleMs: number | undefined
  readonly keepaliveIntervalMs: number | undefined
  readonly keepaliveCount: number | undefined
  readonly tcpUserTimeoutMs: number | undefined
  readonly synchronousCommit: string | undefined
  readonly offersTls: boolean | undefined
  readonly standardStrings: boolean
}

/** A row of `pg_settings`. */
export interface SettingRow {
  readonly setting: string
  /** What the session began with, whatever was set since. */
  readonly start: string
  readonly unit: string | null
}

export const settingNames: readonly string[] = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
  'authentication_timeout',
  'client_connection_check_interval',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'tcp_user_timeout',
  'synchronous_commit',
  'ssl',
  'standard_conforming_strings',
]

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000 }

/** Units are the server's, which differ from setting to setting. */
export function readSettings(rows: Readonly<Record<string, SettingRow>>): ServerSettings {
  const inMs = (text: string | undefined, unit: string | null | undefined): number | undefined =>
    text === undefined ? undefined : Number(text) * (unitMs[unit ?? 'ms'] ?? 1)
  const start = (name: string): number | undefined => inMs(rows[name]?.start, rows[name]?.unit)
  // what these start with is 0 for the operating system's own value, which only `setting` tells
  const now = (name: string): number | undefined => inMs(rows[name]?.setting, rows[name]?.unit)
  const count = rows['tcp_keepalives_count']?.setting
  const tls = rows['ssl']?.setting
  return {
    statementTimeoutMs: start('statement_timeout'),
    lockTimeoutMs: start('lock_timeout'),
    idleInTransactionTimeoutMs: start('idle_in_transaction_session_timeout'),
    idleSessionTimeoutMs: start('idle_session_timeout'),
    transactionTimeoutMs: start('transaction_timeout'),
    authenticationTimeoutMs: start('authentication_timeout'),
    clientCheckIntervalMs: start('client_connection_check_interval'),
    keepaliveIdleMs: now('tcp_keepalives_idle'),
    keepaliveIntervalMs: now('tcp_keepalives_interval'),
    keepaliveCount: count === undefined ? undefined : Number(count),
    tcpUserTimeoutMs: now('tcp_user_timeout'),
    synchronousCommit: rows['synchronous_commit']?.setting,
    offersTls: tls === undefined ? undefined : tls === 'on',
    standardStrings: rows['standard_conforming_strings']?.setting !== 'off',
  }
}
