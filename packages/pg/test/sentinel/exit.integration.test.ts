import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPostgres, type TestPostgres } from '@hale/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HealthAwarePoolOptions } from '../../src/index.ts'

const program = fileURLToPath(new URL('./watched-program.ts', import.meta.url))
let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

async function run(
  options: HealthAwarePoolOptions,
  work: 'idle' | 'end',
): Promise<{ readonly code: number | null; readonly output: string }> {
  const flags = ['--conditions=@hale/source', program, server.connectionString]
  const child = spawn(process.execPath, [...flags, JSON.stringify(options), work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  try {
    await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })
    return { code: child.exitCode, output }
  } finally {
    child.kill('SIGKILL')
  }
}

describe('a process whose pool is watched', () => {
  it('ends with its connections idle, where that is allowed', async () => {
    expect(await run({ allowExitOnIdle: true }, 'idle')).toEqual({ code: 0, output: 'watched\n' })
  })
  it('ends when its pool has ended, and not before', async () => {
    const output = 'watched\nended\n'
    expect(await run({}, 'end')).toEqual({ code: 0, output })
    expect(await run({ allowExitOnIdle: true }, 'end')).toEqual({ code: 0, output })
  })
})
