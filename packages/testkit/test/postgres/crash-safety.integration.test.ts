import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startPostgres, waitFor } from '../../src/index.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 }) // a busy machine starts servers slowly

const program = fileURLToPath(new URL('./crash-program.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Started {
  readonly child: ChildProcess
  readonly dataDir: string
  readonly processId: number
}

async function startProgram(ending: string): Promise<Started> {
  const child = spawn(process.execPath, ['--conditions=@hale/source', program, ending], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  if (child.stdout === null) throw new Error('no stdout')
  const lines = createInterface(child.stdout)
  const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })) as [string]
  return { child, ...(JSON.parse(line) as { dataDir: string; processId: number }) }
}

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}
const expectNothingLeft = async ({
  dataDir,
  processId,
}: Pick<Started, 'dataDir' | 'processId'>): Promise<void> => {
  await waitFor(() => !isAlive(processId), { describe: `PostgreSQL ${processId} to end` })
  await waitFor(() => !existsSync(dirname(dataDir)), {
    describe: `${dirname(dataDir)} to be removed`,
  })
}

describe('when the test process dies, PostgreSQL ends and its data goes', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('by %s', async (signal) => {
    const started = await startProgram('wait')
    expect(isAlive(started.processId)).toBe(true)
    expect(existsSync(started.dataDir)).toBe(true)
    started.child.kill(signal)
    await expectNothingLeft(started)
  })

  it.each(['exit', 'throw'])('by %s', async (ending) => {
    await expectNothingLeft(await startProgram(ending))
  })

  it('because it forgot to stop the server, which does not keep it alive', async () => {
    const started = await startProgram('forget')
    await waitFor(() => started.child.exitCode !== null, {
      describe: 'the process to end by itself',
    })
    expect(started.child.exitCode).toBe(0)
    await expectNothingLeft(started)
  })

  it.skipIf(process.platform !== 'linux')(
    'and the same if the host process is killed',
    async () => {
      const postgres = await startPostgres({ ignoreEnvironment: true })
      const { dataDir = '', processId = 0 } = postgres
      const host = Number(
        /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1],
      )
      process.kill(host, 'SIGKILL')
      await expectNothingLeft({ dataDir, processId })
      await postgres.stop()
    },
  )

  it('keeps no password file', async () => {
    await using postgres = await startPostgres({ ignoreEnvironment: true })
    expect(readdirSync(dirname(postgres.dataDir ?? ''))).toEqual(['data'])
  })
})
