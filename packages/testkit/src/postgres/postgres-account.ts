import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PostgresUnavailableError } from './postgres-unavailable-error.ts'

const run = promisify(execFile)

/** The operating system user that runs PostgreSQL. */
export interface PostgresAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * The user to run PostgreSQL as: `undefined` for "whoever runs this process", and, as root, the
 * user `postgres` (created when missing) or else `nobody`, because PostgreSQL refuses to be root.
 * @throws {PostgresUnavailableError} when root finds none of them
 */
export async function choosePostgresAccount(): Promise<PostgresAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const existing = await findAccount('postgres')
  if (existing !== undefined) return existing
  const failure = await createPostgresUser()
  // Looked up even after a failure: another test process may have created it meanwhile.
  const account = (await findAccount('postgres')) ?? (await findAccount('nobody'))
  if (account !== undefined) return account
  throw new PostgresUnavailableError(
    'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor a user "nobody"' +
      ` (creating one failed: ${failure ?? 'unknown cause'}); run as another user, create the user` +
      ' "postgres", or set DATABASE_URL',
  )
}

async function findAccount(name: string): Promise<PostgresAccount | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { name, uid: Number.parseInt(uid.stdout, 10), gid: Number.parseInt(gid.stdout, 10) }
  } catch {
    return undefined
  }
}

/** Why it failed, or `undefined`. Alpine and other small images have no useradd. */
async function createPostgresUser(): Promise<string | undefined> {
  try {
    await run('groupadd', ['--force', 'postgres'])
    await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres'])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}
