import { spawnSync } from 'node:child_process'
import { root } from '../../scripts/workspace.mjs'

let isBuilt = false

/**
 * Builds what is published, once in a process.
 * @throws {Error} with what the compiler says
 */
export function buildPackages(): void {
  if (isBuilt) return
  runTool('node', ['scripts/build.ts'], root)
  isBuilt = true
}

/** What a command prints. */
export function runTool(command: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: ${stdout}${stderr}`)
  return stdout
}
