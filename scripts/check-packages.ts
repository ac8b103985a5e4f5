// Builds and packs the published packages, then looks at the tarballs as a user would meet them.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkConsumer } from './consumer.ts'
import { pnpm, publishedPackages, root } from './workspace.mjs'

const required = ['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json']
const allowed = /^(LICENSE|README\.md|package\.json|dist\/.+\.(js|d\.ts))$/

/** A check that did not hold; its message says all there is to say. */
class CheckFailed extends Error {}

const work = mkdtempSync(join(realpathSync(tmpdir()), 'hale-packages-'))
try {
  checkPackages()
} catch (error) {
  if (!(error instanceof CheckFailed)) throw error
  console.error(`\n${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}

function checkPackages(): void {
  run('node', ['scripts/build.ts'])
  const consumer = join(work, 'consumer')
  for (const { folder, name } of publishedPackages()) {
    const tarball = join(work, `${name.replace('@hale/', 'hale-')}.tgz`)
    pack(folder, tarball)
    const unpacked = join(consumer, 'node_modules', name)
    mkdirSync(unpacked, { recursive: true })
    run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components', '1'])
    demand(`${name}: files`, fileProblems(tarball, unpacked))
    run('publint', ['run', tarball, '--strict'])
    run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'])
    console.log(`${name}: files, publint and attw good (${statSync(tarball).size} bytes packed)`)
  }
  demand('a consumer on TypeScript 5.5', checkConsumer(consumer, publishedPackages()))
  console.log('a consumer on TypeScript 5.5 compiles and imports every package')
  run('node', ['scripts/api-surface.ts'])
  console.log('docs/api says what the packages export')
}

function pack(folder: string, tarball: string): void {
  const [command, ...args] = pnpm('pack', '--out', tarball)
  run(command, args, join(root, folder))
}

function fileProblems(tarball: string, unpacked: string): string[] {
  const files = run('tar', ['-tzf', tarball])
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('/'))
    .map((line) => line.replace(/^package\//, ''))
  const missing = required.filter((file) => !files.includes(file))
  if (missing.length > 0) return missing.map((file) => `${file} is missing`)
  const licenses = [unpacked, root].map((folder) => readFileSync(join(folder, 'LICENSE'), 'utf8'))
  return [
    ...files.filter((file) => !allowed.test(file)).map((file) => `${file} must not ship`),
    ...(licenses[0] === licenses[1] ? [] : ["LICENSE differs from the root's"]),
  ]
}

/** What a command prints; shown only when the command fails. */
function run(command: string, args: readonly string[], cwd: string = root): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) {
    throw new CheckFailed(`${stdout}${stderr}\nfailed: ${[command, ...args].join(' ')}`)
  }
  return stdout
}

function demand(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new CheckFailed([`${what}:`, ...problems].join('\n'))
}
