import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startPostgres, startStandby, type TestPostgres } from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LayerName, PoolName } from './layers.ts'
import { rows } from './rows.ts'

/** `HALE_CONTRAST=1` runs the same rows on plain pg.Pool, where every one of them is to fail. */
const pool: PoolName = process.env['HALE_CONTRAST'] === '1' ? 'pg-pool' : 'hale'
const script = fileURLToPath(new URL('run-row.ts', import.meta.url))

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

function runRow(row: string, layer: LayerName, primary: string, standby: string): Promise<Ending> {
  const flags = { row, layer, pool, primary, standby }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@hale/source', script, ...args])
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const bound = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(bound)
      resolve({ code, signal, output })
    })
  })
}

describe(`the problem, as DESIGN section 1 has it, on ${pool}`, () => {
  let primary: TestPostgres
  let standby: TestPostgres
  beforeAll(async () => {
    primary = await startPostgres({ ignoreEnvironment: true })
    standby = await startStandby(primary)
  })
  afterAll(async () => {
    await standby?.stop()
    await primary?.stop()
  })

  for (const [name, { title, layers }] of Object.entries(rows)) {
    for (const layer of layers) {
      it.concurrent(`${pool === 'hale' ? 'solves' : 'shows'}: ${title} (${layer})`, async () => {
        const ending = await runRow(name, layer, primary.connectionString, standby.connectionString)
        if (pool === 'hale') expect(ending).toMatchObject({ code: 0 })
        else expect(ending.code, ending.output).not.toBe(0)
      })
    }
  }
})
