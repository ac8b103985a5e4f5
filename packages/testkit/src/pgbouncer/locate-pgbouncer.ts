import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

// Debian puts it where the PATH of an ordinary user does not look.
const usualFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/** PgBouncer's program, or `undefined` where it is not installed. No npm package carries it. */
export function locatePgBouncer(): string | undefined {
  if (process.platform === 'win32') return undefined // where it has no signals
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...usualFolders]
  return folders.map((folder) => join(folder, 'pgbouncer')).find(canRun)
}

/** Whether `startPgBouncer` can start one; for `it.skipIf`. */
export function isPgBouncerInstalled(): boolean {
  return locatePgBouncer() !== undefined
}

/** One line on what is skipped without PgBouncer, and what to install. */
export function whyNoPgBouncer(): string {
  return process.platform === 'win32'
    ? 'PgBouncer is not started on Windows: its tests are skipped'
    : 'PgBouncer is not installed: its tests are skipped (apt-get install pgbouncer, or brew install pgbouncer)'
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
