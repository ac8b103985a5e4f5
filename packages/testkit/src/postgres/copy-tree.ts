import { constants } from 'node:fs'
import { chmod, copyFile, lchown, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/** How `copyTree` copies. */
export interface CopyTreeOptions {
  /** Leaves out the entry (and all below it) when true; `path` is relative to the source. */
  readonly skip?: (path: string) => boolean
  /** Mode of a copied entry; by default the mode of the original. */
  readonly mode?: (original: number, isFolder: boolean) => number
  /** Owner of every copied entry; by default whoever copies. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/**
 * Copies the folder `source` to the folder `target`, which may exist but must be empty, links kept as links. Entries that vanish
 * meanwhile are left out, because the source may be the data folder of a running server.
 */
export async function copyTree(
  source: string,
  target: string,
  options: CopyTreeOptions = {},
): Promise<void> {
  await copyEntry('.', { source, target, options })
}

interface Copy {
  readonly source: string
  readonly target: string
  readonly options: CopyTreeOptions
}

async function copyEntry(path: string, copy: Copy): Promise<void> {
  const { owner, mode, skip } = copy.options
  if (skip?.(path) === true) return
  const from = join(copy.source, path)
  const to = join(copy.target, path)
  try {
    const stats = await lstat(from)
    if (stats.isSymbolicLink()) await symlink(await readlink(from), to)
    else if (stats.isDirectory()) await makeFolder(to)
    else if (stats.isFile()) await copyFile(from, to, constants.COPYFILE_FICLONE)
    else return
    const original = stats.mode & 0o7777
    if (!stats.isSymbolicLink()) await chmod(to, mode?.(original, stats.isDirectory()) ?? original)
    if (owner !== undefined) await lchown(to, owner.uid, owner.gid)
    if (!stats.isDirectory()) return
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  for (const name of await readdir(from).catch(() => [])) await copyEntry(join(path, name), copy)
}

/** Not recursive: a target that is being removed must not come back. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
