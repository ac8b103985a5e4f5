import { describe, expect, it } from 'vitest'
import { readSettings } from '../../src/doctor/facts/server-settings.ts'

describe('readSettings', () => {
  it('turns the units of the server into ms', () => {
    const row = (setting: string, unit: string | null) => ({ setting, start: setting, unit })
    expect(
      readSettings({
        lock_timeout: row('250', 'ms'),
        authentication_timeout: row('60', 's'),
        tcp_keepalives_count: row('9', null),
        ssl: row('off', null),
      }),
    ).toMatchObject({
      lockTimeoutMs: 250,
      authenticationTimeoutMs: 60_000,
      keepaliveCount: 9,
      offersTls: false,
      idleSessionTimeoutMs: undefined,
    })
  })
  it('tells what sessions begin with, not what the check set for itself', () => {
    const rows = { statement_timeout: { setting: '4000', start: '0', unit: 'ms' } }
    expect(readSettings(rows).statementTimeoutMs).toBe(0)
  })
  it("tells the operating system's keepalive where the server has none of its own", () => {
    const rows = { tcp_keepalives_idle: { setting: '7200', start: '0', unit: 's' } }
    expect(readSettings(rows).keepaliveIdleMs).toBe(7_200_000)
  })
})
