import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startPostgres, type TestPostgres, waitFor } from '@hale/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const scratch = new URL('.cache/getting-started/', root) // within, so that packages are found by name
const page = await readFile(new URL('docs/getting-started.md', root), 'utf8')

/** The servers on the page, by the names that it gives their files. */
const servers = [...page.matchAll(/^```js\n\/\/ (server\S*\.js)\n(.*?)^```/gms)].map(
  ([, name = '', program = '']) => ({ name, program }),
)

let database: TestPostgres
let child: ChildProcess | undefined

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function run(name: string, program: string): Promise<string> {
  const file = new URL(name, scratch)
  await writeFile(file, program)
  const port = await freePort()
  const env = { ...process.env, DATABASE_URL: database.connectionString, PORT: String(port) }
  const flags = ['--conditions=@hale/source', '--disable-warning=ExperimentalWarning']
  const started = spawn(process.execPath, [...flags, fileURLToPath(file)], { env })
  child = started
  started.stderr.on('data', (text) => process.stderr.write(text)) // or nobody knows why it did not start
  return `http://localhost:${port}`
}

/** How the connections of the first pool are, as the dashboard tells it. */
async function statusesAt(origin: string): Promise<readonly string[]> {
  const state = JSON.parse(await (await fetch(`${origin}/hale/snapshot.json`)).text())
  const pools: { connections: { status: string }[] }[] = Object.values(state.pools)
  return (pools[0]?.connections ?? []).map(({ status }) => status)
}

beforeAll(async () => {
  database = await startPostgres()
  await mkdir(scratch, { recursive: true })
})
afterEach(async () => {
  const started = child
  child = undefined
  if (started?.kill()) await once(started, 'exit')
})
afterAll(async () => {
  await database?.stop()
  await rm(scratch, { recursive: true, force: true })
})

describe('the page that one gets started with', () => {
  it('has a server for node:http, Express and Hono', () => {
    expect(servers.map(({ name }) => name)).toEqual([
      'server.js',
      'server-express.js',
      'server-hono.js',
    ])
  })
  it.each(servers)(
    'has a $name that serves, is ready, and shows green connections',
    async (each) => {
      const origin = await run(each.name, each.program)
      await waitFor(async () => (await fetch(`${origin}/ready`)).status === 200)
      expect((await fetch(`${origin}/live`)).status).toBe(200)
      const dashboard = await fetch(`${origin}/hale/`)
      expect(await dashboard.text()).toContain('<title>Hale</title>')
      const isGreen = async () => {
        await fetch(`${origin}/`)
        return (await statusesAt(origin)).includes('healthy')
      }
      await waitFor(isGreen, {
        timeoutMs: 20_000,
        describe: 'a healthy connection on the dashboard',
      })
    },
  )
})
