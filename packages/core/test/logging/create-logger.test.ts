import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import {
  createLogger,
  type HealthEvent,
  HealthEventEmitter,
  type LogFields,
  type LoggerOptions,
  type LogSink,
  OptionsError,
} from '../../src/index.ts'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { poolExhaustion } from '../../src/issues/pool-exhaustion.ts'
import { unresponsive } from '../../src/issues/unresponsive.ts'

/** Lines as a sink got them. */
function createWorld(options?: LoggerOptions) {
  const lines: { level: string; first: unknown; second: unknown }[] = []
  const write = (level: string) => (first: unknown, second: unknown) => {
    lines.push({ level, first, second })
  }
  const sink: LogSink = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  }
  const monitor = new HealthEventEmitter()
  const logger = createLogger(monitor, sink, options)
  const publish = (...events: readonly HealthEvent[]): readonly string[] => {
    const from = lines.length
    for (const event of events) monitor.publish(event)
    return lines.slice(from).map(({ level, second }) => `${level} ${second}`)
  }
  return { monitor, logger, lines, publish, sink }
}

const at = 1_000
const issue = new IssueLog().sight(unresponsive(1_500, 'probe'), 3, at).issue
const leaked = { ...issue, severity: 'warning', connectionId: 4 } as const
const exhausted = new IssueLog().sight(
  poolExhaustion({ waiting: 7, leased: 9, max: 9 }),
  undefined,
  at,
)
const evicted: HealthEvent = {
  type: 'connection:evicted',
  at,
  connectionId: 3,
  cause: 'latency',
  ageMs: 7_200_000,
}

const rows: readonly (readonly [HealthEvent, string])[] = [
  [
    { type: 'issue:raised', at, issue, connectionId: 3 },
    'error Connection 3: no answer within 1.5 s (probe)',
  ],
  [
    { type: 'issue:raised', at, issue: leaked, connectionId: 4 },
    'warn Connection 4: no answer within 1.5 s (probe)',
  ],
  [
    { type: 'issue:raised', at, issue: { ...issue, severity: 'info' }, connectionId: 3 },
    'info Connection 3: no answer within 1.5 s (probe)',
  ],
  [
    { type: 'issue:cleared', at, issue: { ...issue, clearedAt: at + 12_000 }, connectionId: 3 },
    'info Connection 3: unresponsive is over after 12 s',
  ],
  [
    { type: 'issue:raised', at, issue: exhausted.issue },
    'warn Callers waited in vain while 9 of 9 connections were lent; 7 more wait',
  ],
  [evicted, 'warn Connection 3 was evicted after 2 h: it was slower than its peers'],
  [
    { ...evicted, type: 'connection:retired', cause: 'lifetime' },
    'debug Connection 3 was retired after 2 h: it had reached the end of its lifetime',
  ],
  [
    { ...evicted, type: 'connection:closed', hard: true },
    'debug Connection 3 was closed by force after 2 h: it was slower than its peers',
  ],
  [
    { type: 'connection:condemned', at, connectionId: 3, cause: 'operator' },
    'debug Connection 3 is closed as soon as nobody holds it: an operator asked for it',
  ],
  [
    {
      type: 'connection:opened',
      at,
      connectionId: 5,
      openMs: 4.2,
      processId: 77,
      replaces: 3,
    },
    'debug Connection 5 was opened in 4.2 ms, to replace connection 3',
  ],
  [
    {
      type: 'connection:open-failed',
      at,
      connectionId: 5,
      openMs: 12,
      fault: {
        kind: 'server_overloaded',
        scope: 'server',
        sqlState: '53300',
        retryable: true,
        endsSession: true,
      },
    },
    'warn A connection could not be opened: server overloaded (53300) after 12 ms',
  ],
  [
    { type: 'acquire:timed-out', at, waiterId: 9, waitedMs: 30_000, waiting: 4 },
    'warn A caller got no connection within 30 s; 4 more wait for one',
  ],
  [
    { type: 'acquire:timed-out', at, waiterId: 9, waitedMs: 300.788_209, waiting: 0 },
    'warn A caller got no connection within 301 ms; nobody else waits for one',
  ],
  [
    { type: 'server:changed', at, inHotStandby: true, serverVersion: '18.4' },
    'warn The server has another role, began anew, or is another one: it is a standby now, PostgreSQL 18.4',
  ],
  [
    { type: 'breaker:opened', at, failures: 3 },
    'error The server took no connection 3 times in a row: callers are told at once that it is gone',
  ],
  [{ type: 'breaker:closed', at }, 'info The server takes connections again'],
  [{ type: 'pool:closed', at, closedHard: 0 }, 'info The pool was closed'],
  [
    { type: 'pool:closed', at, closedHard: 2 },
    'warn The pool was closed, 2 connections of it under their holders',
  ],
]

const hot: readonly HealthEvent[] = [
  { type: 'acquire:queued', at, waiterId: 1, waiting: 1 },
  { type: 'connection:leased', at, connectionId: 1, waitedMs: 0, waiterId: undefined },
  { type: 'connection:released', at, connectionId: 1, leasedMs: 2 },
  { type: 'connection:probed', at, connectionId: 1, rttMs: 1, ok: true },
  { type: 'sweep:finished', at, connections: 1, tookMs: 1 },
]

describe('createLogger', () => {
  it.each(rows)('writes $type as a sentence of its level', (event, line) => {
    expect(createWorld().publish(event)).toEqual([line])
  })

  it.each(hot)('does not even listen to $type', (event) => {
    const { monitor, publish } = createWorld()
    expect(monitor.hears(event.type)).toBe(false)
    expect(publish(event)).toEqual([])
  })

  it('writes flat fields beside the sentence', () => {
    const { publish, lines } = createWorld({ pool: 'orders' })
    publish(...rows.map(([event]) => event))
    const fields = lines.map(({ first }) => first as LogFields)
    expect(fields[0]).toEqual({
      event: 'issue:raised',
      pool: 'orders',
      issue: 'unresponsive',
      issueId: 1,
      severity: 'critical',
      scope: 'connection',
      connectionId: 3,
    })
    expect(fields.find(({ waiting }) => waiting === 0)?.['waitedMs']).toBe(300.79)
    const flat = ['string', 'number', 'boolean']
    for (const each of fields) {
      for (const value of Object.values(each)) expect(flat).toContain(typeof value)
    }
  })

  it('writes one line for one event, whatever others chose', () => {
    const { publish } = createWorld()
    const hostile = { ...evicted, type: 'issue:raised', issue: { ...issue, type: 'stale_plan' } }
    const evidence = { sqlState: 'x\nINFO all is well\u001b[2K' }
    const [line] = publish({ ...hostile, issue: { ...hostile.issue, evidence } } as never)
    expect(line).toContain('x\u{fffd}INFO all is well\u{fffd}[2K')
  })

  it('lets ten lines of a kind pass in a minute, and then says how many it held back', () => {
    const { publish } = createWorld()
    const storm = Array.from({ length: 25 }, (_, index) => ({ ...evicted, at: at + index }))
    expect(publish(...storm)).toHaveLength(10)
    expect(publish({ ...evicted, at: at + 59_999 })).toEqual([])
    const [line, next] = publish({ ...evicted, at: at + 60_000 }, { ...evicted, at: at + 60_001 })
    expect(line).toMatch(/peers \(16 more like this were not written\)$/)
    expect(next).toMatch(/peers$/)
  })

  it('limits each type of issue by itself', () => {
    const { publish } = createWorld({ linesPerMinute: 1 })
    const raised: HealthEvent = { type: 'issue:raised', at, issue }
    const other: HealthEvent = { type: 'issue:raised', at, issue: exhausted.issue }
    expect(publish(raised, raised, other, evicted)).toHaveLength(3)
  })

  it('limits nothing with false', () => {
    const { publish } = createWorld({ linesPerMinute: false })
    expect(publish(...Array.from({ length: 500 }, () => evicted))).toHaveLength(500)
  })

  it('writes nothing after `stop`', () => {
    const { logger, monitor, publish } = createWorld()
    logger.stop()
    logger.stop()
    expect(publish(evicted)).toEqual([])
    expect(monitor.eventNames()).toEqual([])
  })

  it('harms nobody when the sink throws or rejects', async () => {
    const monitor = new HealthEventEmitter()
    const refuse = () => {
      throw new Error('disk full')
    }
    const reject = () => Promise.reject(new Error('disk full'))
    createLogger(monitor, { error: refuse, warn: reject, info: refuse, debug: refuse })
    const told: string[] = []
    monitor.on('breaker:closed', ({ type }) => told.push(type))
    monitor.publish({ type: 'breaker:closed', at })
    monitor.publish(evicted)
    await Promise.resolve()
    expect(told).toEqual(['breaker:closed'])
    expect(monitor.listenerErrors).toBe(2)
  })

  it('names every problem at once', () => {
    const options = { linesPerMinute: 0, messageFirst: 'yes', pool: '', levels: {} }
    try {
      createLogger({} as never, { info() {} } as never, options as never)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(OptionsError)
      const names = (error as OptionsError).problems.map(({ option }) => option)
      expect(names).toEqual(['monitor', 'sink', 'pool', 'linesPerMinute', 'messageFirst', 'levels'])
    }
  })
})

describe('the sink', () => {
  it('may be pino, which gets fields and sentence where it wants them', () => {
    const written: string[] = []
    const log = pino({ level: 'debug' }, { write: (text: string) => written.push(text) })
    const monitor = new HealthEventEmitter()
    createLogger(monitor, log)
    monitor.publish(evicted)
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      level: 40,
      event: 'connection:evicted',
      connectionId: 3,
      cause: 'latency',
      msg: 'Connection 3 was evicted after 2 h: it was slower than its peers',
    })
  })

  it('may be the console, which gets the sentence first', () => {
    const written: unknown[][] = []
    const write = (...args: unknown[]) => {
      written.push(args)
    }
    const likeConsole: Console = {
      ...console,
      error: write,
      warn: write,
      info: write,
      debug: write,
    }
    const monitor = new HealthEventEmitter()
    createLogger(monitor, likeConsole)
    monitor.publish({ type: 'breaker:closed', at })
    expect(written).toEqual([['The server takes connections again', { event: 'breaker:closed' }]])
  })

  it('may be told what comes first', () => {
    const { publish, lines } = createWorld({ messageFirst: true })
    publish({ type: 'breaker:closed', at })
    expect(lines[0]?.first).toBe('The server takes connections again')
  })
})
