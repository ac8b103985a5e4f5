import { realpathSync, statSync } from 'node:fs'
import { dirname, parse } from 'node:path'
import type { PostgresAccount } from './postgres-account.ts'

/** A folder that a user may not enter, or a file that a user may not read or run. */
export interface AccessBarrier {
  readonly path: string
  readonly kind: 'folder' | 'file'
  /** Permission bits, as in `0o700`. */
  readonly mode: number
  readonly ownerUid: number
}

const bits = { execute: 0o1, read: 0o4 } as const

/**
 * The first thing on the way from the root to `file` that keeps `account` from using it, judged by
 * mode and owner alone; `undefined` when nothing does. Follows symbolic links.
 */
export function findAccessBarrier(
  file: string,
  need: 'execute' | 'read',
  account: Pick<PostgresAccount, 'uid' | 'gid'>,
): AccessBarrier | undefined {
  const target = realpathSync(file)
  for (const folder of ancestors(target)) {
    const barrier = barrierAt(folder, 'folder', bits.execute, account)
    if (barrier !== undefined) return barrier
  }
  return barrierAt(target, 'file', bits[need], account)
}

/** One clause for a message: who may not do what where, and by which mode. */
export function describeBarrier(barrier: AccessBarrier, account: PostgresAccount): string {
  const verb = barrier.kind === 'folder' ? 'enter' : 'use'
  const mode = barrier.mode.toString(8).padStart(4, '0')
  return (
    `user "${account.name}" (uid ${account.uid}) may not ${verb} ${barrier.path}` +
    ` (mode ${mode}, owner uid ${barrier.ownerUid})`
  )
}

function barrierAt(
  path: string,
  kind: AccessBarrier['kind'],
  bit: number,
  account: Pick<PostgresAccount, 'uid' | 'gid'>,
): AccessBarrier | undefined {
  const stats = statSync(path)
  const shift = stats.uid === account.uid ? 6 : stats.gid === account.gid ? 3 : 0
  if ((stats.mode & (bit << shift)) !== 0) return undefined
  return { path, kind, mode: stats.mode & 0o7777, ownerUid: stats.uid }
}

/** The folders above `path`, the root first. */
function ancestors(path: string): string[] {
  const folders: string[] = []
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder)
    if (folder === parse(folder).root) return folders
  }
}
