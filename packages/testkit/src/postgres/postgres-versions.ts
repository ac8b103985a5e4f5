/** The major versions of PostgreSQL that `startPostgres` can start, for the matrix of a test. */
export const postgresVersions = [12, 13, 14, 15, 16, 17, 18] as const

/** A major version of PostgreSQL. */
export type PostgresVersion = (typeof postgresVersions)[number]

/** What `startPostgres` starts when no version is asked for. */
export const defaultPostgresVersion = 18 as const

/** `version` when it is one of ours. @throws {RangeError} with those that are */
export function checkPostgresVersion(version: number): PostgresVersion {
  const known = postgresVersions.find((candidate) => candidate === version)
  if (known !== undefined) return known
  throw new RangeError(
    `there is no PostgreSQL ${version} to start: expected one of ${postgresVersions.join(', ')}`,
  )
}

/** Settings of every test server, without those that the version does not know. */
export function testSettings(version: PostgresVersion): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // nothing of ours outside of the data folder
    max_connections: '200',
    shared_buffers: '16MB',
    fsync: 'off', // the data dies with the test
    ...(version >= 18 && { io_method: 'sync' }), // no I/O worker processes
    // What a new standby needs is still there: 256 MB of it, in segments of 16 MB before 13.
    ...(version >= 13 ? { wal_keep_size: '256MB' } : { wal_keep_segments: '16' }),
    log_destination: 'stderr',
    logging_collector: 'off',
  }
}

/** Flags of initdb for a test server, without those that the version does not know. */
export function initdbFlags(version: PostgresVersion): readonly string[] {
  return [
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(version >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    // The default of 4096 costs both sides CPU time on every connect; fixed before 16.
    ...(version >= 16 ? ['--set=scram_iterations=64'] : []),
    '--no-sync',
    ...(version >= 14 ? ['--no-instructions'] : []),
  ]
}

/** Begins and ends a base backup over one session; the second answers `labelfile`. */
export function backupStatements(version: PostgresVersion): {
  readonly start: string
  readonly stop: string
} {
  return version >= 15
    ? {
        start: "select pg_backup_start('hale testkit', true)",
        stop: 'select labelfile from pg_backup_stop(false)',
      }
    : {
        start: "select pg_start_backup('hale testkit', true, false)",
        stop: 'select labelfile from pg_stop_backup(false, false)',
      }
}
