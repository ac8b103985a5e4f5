import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { copyTree } from './copy-tree.ts'
import type { PrimaryAddress } from './host-protocol.ts'
import type { PostgresAccount } from './postgres-account.ts'
import { backupStatements, type PostgresVersion } from './postgres-versions.ts'

/**
 * Fills `dataDir` with a copy of a running primary that starts as its hot standby. Uses the
 * low-level backup functions, because the embedded binaries have no pg_basebackup.
 */
export async function takeBaseBackup(
  primary: PrimaryAddress,
  version: PostgresVersion,
  dataDir: string,
  account: PostgresAccount | undefined,
): Promise<void> {
  const { start, stop } = backupStatements(version)
  const client = new pg.Client({ ...primary, database: 'postgres' })
  client.on('error', () => {}) // the query in flight reports it too
  await client.connect()
  try {
    await client.query(start)
    await copyTree(primary.dataDir, dataDir, {
      skip: isNotBackedUp,
      ...(account && { owner: account }),
    })
    const stopped = await client.query<{ labelfile: string }>(stop)
    await writeStandbyFiles(primary, stopped.rows[0]?.labelfile ?? '', dataDir, account)
  } finally {
    await client.end()
  }
}

// The standby fetches the WAL since the backup's start from the primary (its settings hold it).
const emptied = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
]
const leftOut = new Set(['postmaster.pid', 'postmaster.opts', 'standby.signal', 'backup_label'])

function isNotBackedUp(path: string): boolean {
  const [top = '', ...below] = path.split(/[\\/]/)
  return (
    leftOut.has(top) || (emptied.includes(top) && below.length > 0) || path.includes('pgsql_tmp')
  )
}

async function writeStandbyFiles(
  primary: PrimaryAddress,
  label: string,
  dataDir: string,
  account: PostgresAccount | undefined,
): Promise<void> {
  const { host, port, user, password } = primary
  const conninfo = `host=${host} port=${port} user=${user} password=${password} application_name=hale_standby`
  const files = {
    backup_label: label,
    'standby.signal': '',
    'postgresql.auto.conf': `primary_conninfo = '${conninfo}'\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(dataDir, name)
    await writeFile(path, text, { mode: 0o600 })
    if (account !== undefined) await chown(path, account.uid, account.gid)
  }
}
