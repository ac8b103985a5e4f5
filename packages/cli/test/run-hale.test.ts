import { describe, expect, it } from 'vitest'
import { runHale } from '../src/run-hale.ts'
import { createFakePorts } from './fake-ports.ts'

async function run(...args: readonly string[]) {
  const ports = createFakePorts()
  return { code: await runHale(args, ports), ...ports.written }
}

describe('runHale', () => {
  it('tells its version', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stderr: '' })
  })
  it.each(['doctor', 'watch', 'demo'])(
    'tells what %s takes, whatever else is given',
    async (name) => {
      const { code, stdout } = await run(name, '--nope', '--help')
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: hale ${name}`)
    },
  )
  it('tells which commands there are', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const name of ['doctor', 'watch', 'demo']) expect(stdout).toContain(`  ${name} `)
  })
  it.each([
    [[]],
    [['nope']],
    [['doctor']],
    [['watch']],
    [['watch', 'nonsense']],
    [['doctor', '--x']],
  ])('says on stderr what it cannot make sense of: %j', async (args) => {
    const { code, stdout, stderr } = await run(...args)
    expect(code).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^hale: .+ --help tells more\n$/)
  })
  it('never shows a URL that cannot be read', async () => {
    const { stderr } = await run('doctor', 'postgres://bob:hunter2@[nonsense/shop')
    expect(stderr).toContain('the URL cannot be read')
    expect(stderr).not.toContain('hunter2')
  })
})
