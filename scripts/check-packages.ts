// Builds and packs the published packages, then looks at the tarballs as a user would meet them.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkConsumer } from './consumer.ts'
import { pnpm, publishedPackages, root } from './workspace.mjs'

const required = ['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json']
const allowed = /^(LICENSE|README\.md|package\.json|dist\/.+\.(js|d\.ts))$/

type Package = ReturnType<typeof publishedPackages>[number]
type Printed = { readonly stdout: string; readonly stderr: string }

/** A check that did not hold; its message says all there is to say. */
class CheckFailed extends Error {}

const work = mkdtempSync(join(realpathSync(tmpdir()), 'hale-packages-'))
try {
  await checkPackages()
} catch (error) {
  if (!(error instanceof CheckFailed)) throw error
  console.error(`\n${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function checkPackages(): Promise<void> {
  await run('node', ['scripts/build.ts'])
  const consumer = join(work, 'consumer')
  const left = publishedPackages()
  const checkNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await checkPackage(next, consumer)
    }
  }
  await Promise.all([checkNext(), checkNext()]) // of each two the one waits for what the other does
  demand('a consumer on TypeScript 5.5', checkConsumer(consumer, publishedPackages()))
  console.log('a consumer on TypeScript 5.5 compiles and imports every package')
  await run('node', ['scripts/api-surface.ts'])
  console.log('docs/api says what the packages export')
}

/** Packs one, unpacks it where `consumer` would have it, and looks at both. */
async function checkPackage({ folder, name }: Package, consumer: string): Promise<void> {
  const tarball = join(work, `${name.replace('@hale/', 'hale-')}.tgz`)
  const [command, ...args] = pnpm('pack', '--out', tarball)
  await run(command, args, join(root, folder))
  const unpacked = join(consumer, 'node_modules', name)
  mkdirSync(unpacked, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components', '1'])
  demand(`${name}: files`, await fileProblems(tarball, unpacked))
  await run('publint', ['run', tarball, '--strict'])
  await run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'])
  console.log(`${name}: files, publint and attw good (${statSync(tarball).size} bytes packed)`)
}

async function fileProblems(tarball: string, unpacked: string): Promise<string[]> {
  const files = (await run('tar', ['-tzf', tarball]))
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
async function run(command: string, args: readonly string[], cwd: string = root): Promise<string> {
  const outcome = await promisify(execFile)(command, args, { cwd }).catch((error: unknown) => {
    const { stdout = '', stderr = '', message } = error as Partial<Printed> & Error
    throw new CheckFailed(`${stdout}${stderr}\n${message}\nfailed: ${[command, ...args].join(' ')}`)
  })
  return outcome.stdout
}

function demand(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new CheckFailed([`${what}:`, ...problems].join('\n'))
}
