import { describe, expect, it } from 'vitest'
import { type HealthOptions, type ServerAnswer, serverUnreachable } from '../../src/index.ts'
import { PoolWorld } from './pool-world.ts'

/** A pool of two: a statement on connection 1 gets no answer, nor does any probe from now on. */
function withSilentServer({
  answers = ['unanswered'],
  health = {},
}: {
  answers?: ServerAnswer[]
  health?: HealthOptions
} = {}) {
  const pool = new PoolWorld({ connections: 2, health })
  pool.answers = answers
  pool.script({ network: undefined }, 1, 2)
  pool.sweep()
  pool.begin(1)
  return pool
}

function unreachable(pool: PoolWorld) {
  return pool.monitor.issueOf('server_unreachable')
}

describe('a server that says nothing to anybody', () => {
  it('is waited for until unreachableTimeoutMs is over, and a statement is told then', () => {
    const pool = withSilentServer()
    const sentAt = pool.now
    pool.sweeps(31)
    expect(pool.of('evict')).toEqual([])
    pool.sweeps(1)
    expect(pool.of('evict')).toMatchObject([
      { id: 1, cause: 'unresponsive', because: 'unanswered' },
    ])
    expect((pool.of('evict')[0]?.at ?? 0) - sentAt).toBe(8_000)
  })

  it('is an issue as soon as it left a question unanswered', () => {
    const pool = withSilentServer()
    pool.sweeps(2)
    expect(unreachable(pool)).toBeUndefined()
    pool.sweeps(1)
    expect(unreachable(pool)).toMatchObject({
      scope: 'server',
      severity: 'warning',
      evidence: { failures: 0, lastError: undefined, silentMs: 501 },
    })
    pool.sweeps(28)
    expect(unreachable(pool)?.evidence).toMatchObject({ silentMs: 7_251 })
  })

  it('is waited for as long as the system likes when unreachableTimeoutMs is off', () => {
    const pool = withSilentServer({ health: { unreachableTimeoutMs: false } })
    pool.sweeps(400)
    expect(unreachable(pool)).toBeDefined()
    expect(pool.of('evict')).toEqual([])
  })

  it('is waited for as long as every statement in turn has not run for that long', () => {
    const pool = withSilentServer()
    pool.sweeps(24)
    pool.begin(2)
    pool.sweeps(10)
    expect(pool.idsOf('evict')).toEqual([1])
    pool.sweeps(24)
    expect(pool.idsOf('evict')).toEqual([1, 2])
  })

  it('is given time for what is still being sent to it', () => {
    const pool = withSilentServer()
    pool.at(1).unsentBytes = 200_000
    pool.begin(2)
    pool.sweeps(36)
    expect(pool.idsOf('evict')).toEqual([2])
    pool.sweeps(8)
    expect(pool.idsOf('evict')).toEqual([2, 1])
  })

  it('is not given up on after one question alone', () => {
    const pool = withSilentServer({ answers: ['unanswered', 'unknown'] })
    pool.sweeps(200)
    expect(pool.of('evict')).toEqual([])
  })

  it('is not given up on after two questions of the same moment', () => {
    const pool = withSilentServer({ answers: ['unanswered', 'unanswered', 'unknown'] })
    pool.begin(2)
    pool.sweeps(200)
    expect(pool.of('evict')).toEqual([])
  })

  it('is not silent if anything was heard since the question was sent', () => {
    const pool = withSilentServer()
    pool.sweeps(2)
    expect(pool.of('ask-server')).toHaveLength(1)
    pool.advance(0.5)
    pool.at(2).heardAt = pool.now
    pool.advance(1)
    expect(unreachable(pool)).toBeUndefined()
  })

  it('costs an idle connection nothing', () => {
    const pool = withSilentServer()
    pool.sweeps(100)
    expect(pool.idsOf('evict')).toEqual([1])
  })
})

describe('a sign of life', () => {
  const signs: Readonly<Record<string, (pool: PoolWorld) => void>> = {
    'of another connection': (pool) => {
      pool.at(2).heardAt = pool.now
    },
    'of the session that is asked': (pool) => {
      pool.serverHeardAt = pool.now
    },
    'in bytes of an answer': (pool) => {
      pool.at(1).receivedBytes += 1
    },
    'of a connection that was opened meanwhile': (pool) => {
      pool.script({ network: undefined }, pool.open().id)
    },
  }

  it.each(Object.entries(signs))(
    '%s ends the silence, and another one lasts as long again',
    (_, give) => {
      const pool = withSilentServer()
      pool.sweeps(29)
      expect(unreachable(pool)).toBeDefined()
      give(pool)
      const cleared: number[] = []
      pool.monitor.on('issue:cleared', ({ at }) => cleared.push(at))
      pool.sweeps(1)
      expect(cleared).toHaveLength(1)
      pool.sweeps(29)
      expect(pool.of('evict')).toEqual([])
      pool.sweeps(4)
      expect(pool.idsOf('evict')).toEqual([1])
    },
  )

  it('given again and again keeps a statement alive for ever', () => {
    const pool = withSilentServer()
    for (let rounds = 0; rounds < 40; rounds++) {
      pool.sweeps(28)
      pool.serverHeardAt = pool.now
    }
    expect(pool.of('evict')).toEqual([])
  })

  it('is every answer about any statement', () => {
    const pool = withSilentServer({ answers: ['unanswered', 'unanswered', 'active'] })
    pool.sweeps(5)
    expect(unreachable(pool)).toBeDefined()
    pool.sweeps(4)
    expect(unreachable(pool)).toBeUndefined()
  })

  it('is no connection that is only being opened', () => {
    const pool = withSilentServer()
    const opening = pool.open()
    opening.supervisedState = 'away'
    for (let swept = 0; swept < 34; swept++) {
      opening.heardAt = pool.now
      pool.sweeps(1)
    }
    expect(pool.idsOf('evict')).toEqual([1])
  })

  it('leaves the issue of openings that fail to these', () => {
    const pool = withSilentServer()
    pool.monitor.sight(serverUnreachable(4, 'connection_timeout'))
    pool.sweeps(4)
    expect(unreachable(pool)?.evidence).toMatchObject({ failures: 4, silentMs: 501 })
    pool.serverHeardAt = pool.now
    pool.sweeps(1)
    expect(unreachable(pool)?.evidence).toEqual({
      failures: 4,
      lastError: 'connection_timeout',
      silentMs: undefined,
    })
  })

  it('clears no issue that silence did not raise', () => {
    const pool = new PoolWorld({ connections: 2 })
    pool.monitor.sight(serverUnreachable(1, 'connection_refused'))
    pool.sweeps(10)
    expect(unreachable(pool)).toBeDefined()
  })
})

describe('a process that stood still', () => {
  it('does not count that time as silence of the server', () => {
    const pool = withSilentServer()
    pool.sweeps(16)
    pool.advance(60_000)
    pool.sweep()
    pool.sweeps(14)
    expect(pool.of('evict')).toEqual([])
    pool.sweeps(1)
    expect(pool.idsOf('evict')).toEqual([1])
  })

  it('gives up on nobody before it has asked twice', () => {
    const pool = withSilentServer({ answers: ['unknown', 'unanswered'] })
    pool.sweeps(3) // asked once
    pool.advance(7_900)
    pool.sweep()
    pool.sweeps(1)
    expect(pool.of('ask-server')).toHaveLength(2)
    expect(pool.of('evict')).toEqual([])
  })

  it('hears what came in meanwhile', () => {
    const pool = withSilentServer()
    pool.sweeps(16)
    pool.advance(60_000)
    pool.at(2).heardAt = pool.now
    pool.sweep()
    pool.sweeps(31)
    expect(pool.of('evict')).toEqual([])
  })
})
