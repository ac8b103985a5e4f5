import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { suspendProcess } from '../../src/postgres/suspend-process.ts'

describe('suspendProcess', () => {
  it('leaves nothing behind when the process is gone', () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    const before = process.listenerCount('exit')
    expect(() => suspendProcess(pid)).toThrow('ESRCH')
    expect(process.listenerCount('exit')).toBe(before)
  })
})
