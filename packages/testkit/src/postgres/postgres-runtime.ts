import { tmpdir } from 'node:os'
import { findAccessBarrier } from './access-barrier.ts'
import type { ServerIdentity } from './host-protocol.ts'
import { locateBinaries } from './locate-binaries.ts'
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.ts'
import { PostgresUnavailableError } from './postgres-unavailable-error.ts'
import type { PostgresVersion } from './postgres-versions.ts'
import { ensureRunnable } from './runnable-binaries.ts'

/** What it takes to start one version of PostgreSQL here. */
interface PostgresRuntime extends ServerIdentity {
  readonly nativeDir: string
}

let identity: Promise<ServerIdentity> | undefined
const runtimes = new Map<PostgresVersion, Promise<PostgresRuntime>>()

/** Found once per process. @throws {PostgresUnavailableError} when root finds nobody to run as */
export function chooseServerIdentity(): Promise<ServerIdentity> {
  identity ??= findIdentity().catch((error: unknown) => {
    identity = undefined
    throw error
  })
  return identity
}

/**
 * Found once per process and version, so that a notice is given once.
 * @throws {PostgresUnavailableError} when that version cannot run here
 */
export function preparePostgres(
  version: PostgresVersion,
  onNotice: (line: string) => void,
): Promise<PostgresRuntime> {
  const known = runtimes.get(version)
  if (known !== undefined) return known
  const runtime = findRuntime(version, onNotice).catch((error: unknown) => {
    runtimes.delete(version)
    throw error
  })
  runtimes.set(version, runtime)
  return runtime
}

async function findIdentity(): Promise<ServerIdentity> {
  const account = await choosePostgresAccount()
  if (account === undefined) return { tempRoot: tmpdir() }
  return { account, tempRoot: chooseTempRoot(account) }
}

async function findRuntime(
  version: PostgresVersion,
  onNotice: (line: string) => void,
): Promise<PostgresRuntime> {
  const binaries = locateBinaries(version)
  const { account, tempRoot } = await chooseServerIdentity()
  if (account === undefined) return { nativeDir: binaries.nativeDir, tempRoot }
  const copyAllowed = process.env['HALE_POSTGRES_COPY'] !== '0'
  const nativeDir = await ensureRunnable(binaries, {
    account,
    copyAllowed,
    copyRoot: tempRoot,
    onNotice,
  })
  return { account, nativeDir, tempRoot }
}

/** The temporary folder, or the system's own when the account may not enter the one set. */
function chooseTempRoot(account: PostgresAccount): string {
  const usable = [tmpdir(), '/tmp'].find(
    (folder) => findAccessBarrier(folder, 'execute', account) === undefined,
  )
  if (usable !== undefined) return usable
  throw new PostgresUnavailableError(
    `user "${account.name}" may enter neither ${tmpdir()} nor /tmp; set TMPDIR to a folder that it may enter, or set DATABASE_URL`,
  )
}
