import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, statSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AccessBarrier, describeBarrier, findAccessBarrier } from './access-barrier.ts'
import { copyTree } from './copy-tree.ts'
import type { PostgresBinaries } from './locate-binaries.ts'
import type { PostgresAccount } from './postgres-account.ts'
import { PostgresUnavailableError } from './postgres-unavailable-error.ts'

/** What `ensureRunnable` needs to know besides the binaries. */
export interface RunnableRequest {
  readonly account: PostgresAccount
  /** Where a copy may be put; the account can enter it. */
  readonly copyRoot: string
  /** Whether a copy may be made at all. */
  readonly copyAllowed: boolean
  readonly onNotice: (line: string) => void
}

/** A folder like `binaries.nativeDir` that the account can run: that folder itself, or a copy of it.
 * @throws {PostgresUnavailableError} when neither can be run */
export async function ensureRunnable(
  binaries: PostgresBinaries,
  request: RunnableRequest,
): Promise<string> {
  const { account, onNotice } = request
  const problem = await findProblem(binaries.nativeDir, account)
  if (problem === undefined) return binaries.nativeDir
  if (!request.copyAllowed) {
    throw unavailable(problem, 'HALE_POSTGRES_COPY=0 forbids to run a copy')
  }
  const copy = copyPath(binaries, request.copyRoot)
  const isNew = await ensureCopy(binaries.nativeDir, copy, account, problem)
  const copyProblem = await findProblem(copy, account)
  if (copyProblem !== undefined) throw unavailable(problem, `of the copy, ${copyProblem.text}`)
  const done = isNew ? "PostgreSQL's binaries were copied to" : 'PostgreSQL runs from the copy in'
  onNotice(`testkit: ${problem.text}; ${done} ${copy}`)
  return copy
}

interface Problem {
  readonly text: string
  readonly barrier: AccessBarrier | undefined
}

/** Why `account` cannot use the binaries below `nativeDir`; `undefined` when it can. */
async function findProblem(
  nativeDir: string,
  account: PostgresAccount,
): Promise<Problem | undefined> {
  try {
    for (const [file, need] of neededFiles) {
      if (need === 'execute') ensureExecutable(join(nativeDir, file))
      const barrier = findAccessBarrier(join(nativeDir, file), need, account)
      if (barrier !== undefined) return { text: describeBarrier(barrier, account), barrier }
    }
  } catch (error) {
    return { text: `${nativeDir} is incomplete: ${messageOf(error)}`, barrier: undefined }
  }
  // Modes do not tell all: access lists, noexec mounts, missing libraries.
  const failure = await tryRun(join(nativeDir, 'bin', 'postgres'), account)
  if (failure === undefined) return undefined
  return {
    text: `user "${account.name}" cannot run ${nativeDir}/bin/postgres: ${failure}`,
    barrier: undefined,
  }
}

const neededFiles = [
  ['bin/postgres', 'execute'],
  ['bin/initdb', 'execute'],
  ['share/postgresql/postgres.bki', 'read'],
] as const

/** Restores the permission to run that some package managers drop. */
function ensureExecutable(file: string): void {
  const { mode } = statSync(file)
  if ((mode & 0o111) === 0) chmodSync(file, mode | 0o555)
}

function tryRun(program: string, account: PostgresAccount): Promise<string | undefined> {
  const identity = process.getuid?.() === 0 ? { uid: account.uid, gid: account.gid } : {}
  return new Promise((resolve) => {
    execFile(
      program,
      ['--version'],
      { ...identity, cwd: '/', timeout: 10_000 },
      (error, _out, stderr) => {
        resolve(error === null ? undefined : stderr.trim() || error.message)
      },
    )
  })
}

/** One place per content, so that every process on the machine shares a copy. */
function copyPath(binaries: PostgresBinaries, copyRoot: string): string {
  const { size, mtimeMs } = statSync(join(binaries.nativeDir, 'bin', 'postgres'))
  const hash = createHash('sha256').update(`${size} ${mtimeMs}`).digest('hex').slice(0, 12)
  return join(copyRoot, `hale-postgres-${binaries.version}-${hash}`)
}

/** Whether the copy had to be made. */
async function ensureCopy(
  source: string,
  copy: string,
  account: PostgresAccount,
  problem: Problem,
): Promise<boolean> {
  const existing = lstatSync(copy, { throwIfNoEntry: false })
  if (existing !== undefined) {
    // Anyone may create a folder of this name in a shared folder: run only what is ours alone.
    const isOurs = existing.isDirectory() && existing.uid === process.getuid?.()
    if (!isOurs || (existing.mode & 0o022) !== 0) {
      throw unavailable(problem, `${copy} exists already but belongs to someone else`)
    }
    if ((await findProblem(copy, account)) === undefined) return false
    await rm(copy, { recursive: true, force: true }) // cleaners of the temporary folder take files out
  }
  const draft = await mkdtemp(`${copy}-`)
  try {
    await copyTree(source, draft, {
      mode: (mode, isFolder) => (isFolder || (mode & 0o111) !== 0 ? 0o755 : 0o644),
    })
    await rename(draft, copy)
    return true
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if ((await findProblem(copy, account)) === undefined) return false // another process was faster
    throw unavailable(problem, `copying to ${copy} failed: ${messageOf(error)}`)
  }
}

function unavailable(problem: Problem, obstacle: string): PostgresUnavailableError {
  const chmod = problem.barrier?.kind === 'folder' ? `, run chmod o+x ${problem.barrier.path}` : ''
  return new PostgresUnavailableError(
    `PostgreSQL cannot start: ${problem.text}, and ${obstacle};` +
      ` move the clone${chmod}, or set DATABASE_URL`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
