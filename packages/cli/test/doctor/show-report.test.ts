import { describe, expect, it } from 'vitest'
import { reportFailure, reportOn } from '../../src/doctor/doctor-report.ts'
import { toFailure } from '../../src/doctor/failure.ts'
import { showFailure, showReport } from '../../src/doctor/show-report.ts'
import { plainStyle, styleFor } from '../../src/terminal/style.ts'
import { factsWith, someSession, soundFacts } from './sound-facts.ts'

const target = { host: 'db.example.net', port: 5432, database: 'shop' }
const show = (facts = soundFacts, columns = 80): string =>
  showReport(reportOn(target, facts), facts, plainStyle(columns))

describe('showReport', () => {
  it('says where it looked, what it measured, and that nothing is wrong', () => {
    const text = show()
    expect(text).toContain('db.example.net:5432/shop\n')
    expect(text).toContain('PostgreSQL 18.4, primary, up for 24 h')
    expect(text).toContain('0.5 ms at the median')
    expect(text).toContain('10 ms (name 1 ms, TCP 1 ms, TLS 3 ms, session 5 ms)')
    expect(text).toContain('10 of 97 in use, 87 free; most: shop 5')
    expect(text).toContain('Nothing is wrong\n')
  })
  it('gives each finding with its severity, its reason, its fix and its id', () => {
    const text = show(factsWith({ tls: { isOn: false } }))
    expect(text).toContain('0 critical, 1 warning, 0 to know')
    expect(text).toMatch(
      /▲ warning +the connection has no TLS\n +why: .+\n(?: +.+\n)* +fix: .+\n(?: +.+\n)* +tls\.off\n/,
    )
  })
  it('says what it could not see', () => {
    const unseen = [{ fact: 'prepared transactions', reason: 'refused (42501)' }]
    expect(show(factsWith({ unseen }))).toContain('  prepared transactions: refused (42501)')
  })
  it('keeps findings within the columns', () => {
    const facts = factsWith({ sessions: { idleInTransaction: [someSession] } })
    const findings = show(facts, 60).split('to know')[1]?.split('Recommended')[0] ?? ''
    expect(findings).toContain('sessions.idle-in-transaction')
    expect(Math.max(...findings.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  })
  it('shows nothing that a terminal takes for a command', () => {
    const application = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eevil'
    const facts = factsWith({ sessions: { idleInTransaction: [{ ...someSession, application }] } })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(show(facts)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(show(facts)).toContain('owned')
  })
  it('has colours on a terminal, and none with NO_COLOR', () => {
    const facts = factsWith({ tls: { isOn: false } })
    const on = (env: Record<string, string>): string =>
      showReport(reportOn(target, facts), facts, styleFor({ isTTY: true, columns: 80 }, env))
    expect(on({})).toContain('\u001b[33m▲ warning')
    expect(on({ NO_COLOR: '1' })).toBe(show(facts))
  })
})

describe('showFailure', () => {
  it('says why, and what to do', () => {
    const error = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })
    const text = showFailure(reportFailure(target, toFailure(error)))
    expect(text).toContain(
      'hale: cannot check db.example.net:5432/shop: nobody listens there (connection_refused, ECONNREFUSED)\n',
    )
  })
})
