import { describe, expect, it } from 'vitest'
import { runDemo } from '../../src/demo/run-demo.ts'
import { UsageError } from '../../src/usage-error.ts'
import { createPorts } from './visit.ts'

describe('runDemo', () => {
  it.each([
    [['postgres://a', 'postgres://b'], 'at most one URL'],
    [['--port', '0'], '--port'],
    [['--port', 'x'], '--port'],
    [['--fast'], '--fast'],
  ])('takes %j for a mistake', async (args, message) => {
    const { ports } = createPorts()
    await expect(runDemo(args, ports)).rejects.toThrow(UsageError)
    await expect(runDemo(args, ports)).rejects.toThrow(message)
  })

  it('says that a database cannot be used, and nothing of its URL', async () => {
    const { ports, output } = createPorts({
      DATABASE_URL: 'postgres://hidden:secret@127.0.0.1:1/hidden',
    })
    expect(await runDemo([], ports)).toBe(3)
    expect(output()).toContain('the database cannot be used (ECONNREFUSED)')
    expect(output()).not.toMatch(/secret|hidden/)
  })

  it('gives keys and signals back when it could not start', async () => {
    const { ports } = createPorts()
    await runDemo(['postgres://127.0.0.1:1/none'], ports)
    expect(ports.signals.eventNames()).toEqual([])
  })
})
