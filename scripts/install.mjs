// Brings the repository's dependencies, its own Node among them, into node_modules.
// Runs before anything is installed: plain JavaScript for Node >= 20, with no dependencies.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pnpm, root, workspaceFolders } from './workspace.mjs'

const bin = join(root, 'node_modules', '.bin')
const stampFile = join(root, 'node_modules', '.hale-install')
const onWindows = process.platform === 'win32'
const repositoryNode = join(bin, onWindows ? 'node.cmd' : 'node')
const wantedMajor = 24

/** A failure that its message explains in full: no stack is shown. */
export class Failure extends Error {}

/** Makes node_modules match the lockfile; does nothing when the last install still holds. */
export function ensureInstalled() {
  if (installedFingerprint() === fingerprint() && nodeVersion()?.startsWith(`v${wantedMajor}.`))
    return
  const [command, ...args] = pnpm('install', '--frozen-lockfile')
  console.log(`▶ install (${[command, ...args].join(' ')})`)
  // Not from the terminal: pnpm must never stop to ask whether it may replace node_modules.
  const { status, error, signal } = spawnSync(command, args, {
    cwd: root,
    env: { ...withoutRepositoryBin(), CI: 'true' },
    shell: onWindows,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error !== undefined) {
    throw new Failure(
      `could not start npx (${error.message}): install npm, which brings npx, and run this again`,
    )
  }
  if (signal !== null) throw new Failure(`the install was stopped by ${signal}`)
  if (status !== 0) {
    throw new Failure(
      'the install failed (see above): check that the npm registry can be reached (offline? proxy?) and run this again; ' +
        'if pnpm-lock.yaml is out of date, run the same command with --no-frozen-lockfile',
    )
  }
  const version = nodeVersion()
  if (!version?.startsWith(`v${wantedMajor}.`)) {
    throw new Failure(
      `the repository's own Node ${wantedMajor} does not run (found ${version ?? 'none'}): delete node_modules and run this again`,
    )
  }
  writeFileSync(stampFile, fingerprint())
}

/**
 * The environment in which `node` is the repository's own and its tools are found.
 * @returns {NodeJS.ProcessEnv}
 */
export function repositoryEnv() {
  const path = [bin, ...pathEntries()].join(delimiter)
  return { ...process.env, PATH: path }
}

function withoutRepositoryBin() {
  const path = pathEntries().filter((entry) => !entry.startsWith(join(root, 'node_modules')))
  return { ...process.env, PATH: path.join(delimiter) }
}

function pathEntries() {
  return (process.env['PATH'] ?? '').split(delimiter)
}

function nodeVersion() {
  const { status, stdout } = spawnSync(repositoryNode, ['--version'], {
    encoding: 'utf8',
    shell: onWindows,
  })
  return status === 0 ? stdout.trim() : undefined
}

function installedFingerprint() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined
}

/** Changes whenever an install could give something else than the last one did. */
function fingerprint() {
  const hash = createHash('sha256')
  hash.update(`${process.platform} ${process.arch}\n`)
  const manifests = workspaceFolders().map((folder) => join(folder, 'package.json'))
  for (const file of [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    '.npmrc',
    'package.json',
    ...manifests,
  ]) {
    const path = join(root, file)
    if (existsSync(path)) hash.update(`${file}\n`).update(readFileSync(path))
  }
  // A folder that lost its node_modules needs an install although no manifest changed.
  for (const folder of workspaceFolders()) {
    hash.update(`${folder} ${existsSync(join(root, folder, 'node_modules'))}\n`)
  }
  return hash.digest('hex')
}
