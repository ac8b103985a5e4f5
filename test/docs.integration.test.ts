import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres, type TestPostgres } from '@hale/testkit'
import { afterAll, beforeAll, describe, it } from 'vitest'

const root = new URL('../', import.meta.url)
// inside the repository, so that the programs find the packages by name as a reader's would
const scratch = new URL('.cache/docs/', root)

async function pages(): Promise<readonly string[]> {
  const packages = await readdir(new URL('packages/', root))
  const docs = await readdir(new URL('docs/', root), { recursive: true })
  const readmes = packages.map((name) => `packages/${name}/README.md`)
  const texts = docs
    .filter((name) => name.endsWith('.md') && !name.startsWith('api/')) // which are declarations
    .map((name) => `docs/${name}`)
  return ['README.md', ...readmes, ...texts]
}

/** The programs on a page: every block marked as TypeScript. */
function programsOf(page: string): readonly string[] {
  return [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, program]) => program ?? '')
}

// as many at a time as the configuration's maxConcurrency says: each is a process of its own
describe.concurrent('the documentation', async () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres()
    await mkdir(scratch, { recursive: true })
  })
  afterAll(async () => {
    await server?.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  for (const page of await pages()) {
    const programs = programsOf(await readFile(new URL(page, root), 'utf8'))
    for (const [index, program] of programs.entries()) {
      it(`has a program in ${page} that runs (${index + 1} of ${programs.length})`, async ({
        expect,
      }) => {
        const file = new URL(`${page.replaceAll('/', '-')}-${index}.ts`, scratch)
        await writeFile(file, program)
        const { stderr } = await promisify(execFile)(
          process.execPath,
          [
            '--conditions=@hale/source',
            '--disable-warning=ExperimentalWarning',
            fileURLToPath(file),
          ],
          {
            env: {
              ...process.env,
              DATABASE_URL: server.connectionString,
              NODE_COMPILE_CACHE: fileURLToPath(new URL('compiled/', scratch)), // a quarter of the CPU
            },
            timeout: 30_000,
          },
        )
        expect(stderr).not.toMatch(/Error/)
      })
    }
  }
})
