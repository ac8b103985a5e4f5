import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = new URL('../src/hale.ts', import.meta.url)

function run(...args: readonly string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const all = ['--conditions=@hale/source', fileURLToPath(program), ...args]
    const options = { env: { ...process.env, DATABASE_URL: '' } }
    execFile(process.execPath, all, options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

describe('the program', () => {
  it('can be run by its name', async () => {
    expect(await readFile(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
  it('exits with the code of its command', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stderr: '' })
    expect(await run('doctor')).toMatchObject({ code: 64, stdout: '' })
  })
})
