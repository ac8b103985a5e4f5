import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { RunningTime } from '../../src/running-time.ts'
import {
  SentinelSession,
  SessionLostError,
  type SessionPorts,
  UnaskableClientError,
} from '../../src/sentinel/session.ts'
import { AskedClient, refusal } from './asked-client.ts'

function createWorld(client: AskedClient = new AskedClient()) {
  const clock = createFakeClock()
  const ports: SessionPorts = {
    time: new RunningTime(clock),
    timeoutMs: 1_000,
    createClient: () => client,
  }
  return { clock, client, ports }
}

/** What it was rejected with, once it is. */
function errorOf(promise: Promise<unknown>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error) => error,
  )
}

describe('SentinelSession', () => {
  it('asks and gives the rows', async () => {
    const { client, ports } = createWorld()
    client.reply = () => [{ a: '1' }]
    const session = await SentinelSession.open(ports)
    expect(await session.ask({ text: 'select 1' })).toEqual([{ a: '1' }])
  })
  it('gives text, whatever parsers the application has set', async () => {
    const { client, ports } = createWorld()
    const session = await SentinelSession.open(ports)
    await session.ask({ text: 'select 1' })
    const { types } = client.asked[0] as unknown as {
      types: { getTypeParser(): (text: string) => unknown }
    }
    expect(types.getTypeParser()('42')).toBe('42')
  })
  it('gives up an opening that is not answered, and its socket', async () => {
    const { clock, client, ports } = createWorld()
    client.connectReply = 'silence'
    const error = errorOf(SentinelSession.open(ports))
    await clock.advanceAsync(999)
    expect(client.isClosed).toBe(false)
    await clock.advanceAsync(1)
    expect(await error).toBeInstanceOf(SessionLostError)
    expect(client.isClosed).toBe(true)
  })
  it('leaves no socket behind when the server does not let it in', async () => {
    const { client, ports } = createWorld()
    client.connectReply = refusal('28P01', 'FATAL')
    expect(await errorOf(SentinelSession.open(ports))).toMatchObject({ code: '28P01' })
    expect(client.isClosed).toBe(true)
  })
  it('gives up a question that is not answered, and is over', async () => {
    const { clock, client, ports } = createWorld()
    client.reply = () => 'silence'
    const session = await SentinelSession.open(ports)
    const error = errorOf(session.ask({ text: 'select 1' }))
    await clock.advanceAsync(1_000)
    expect(await error).toBeInstanceOf(SessionLostError)
    expect(session.isOver).toBe(true)
    expect(client.isClosed).toBe(true)
  })
  it('asks nothing after a loss', async () => {
    const { client, ports } = createWorld()
    const session = await SentinelSession.open(ports)
    client.die()
    expect(session.isOver).toBe(true)
    expect(await errorOf(session.ask({ text: 'select 1' }))).toBeInstanceOf(SessionLostError)
    expect(client.asked).toEqual([])
  })
  it('is lost at once with its socket, in the middle of a question', async () => {
    const { client, ports } = createWorld()
    client.reply = () => 'silence'
    const session = await SentinelSession.open(ports)
    const error = errorOf(session.ask({ text: 'select 1' }))
    client.die()
    expect(await error).toBeInstanceOf(SessionLostError)
  })
  it('does not mind an answer after it was given up', async () => {
    const { clock, client, ports } = createWorld()
    client.reply = () => 'silence'
    const session = await SentinelSession.open(ports)
    const error = errorOf(session.ask({ text: 'select 1' }))
    client.connection.stream.destroy = () => {} // the answer is on its way
    client.isHung = true
    await clock.advanceAsync(1_000)
    expect(await error).toBeInstanceOf(SessionLostError)
    client.answerLate([{ a: '1' }])
    expect(session.isOver).toBe(true)
  })
  it('goes on after a refusal, which is told as it is', async () => {
    const { client, ports } = createWorld()
    client.reply = ({ text }) => (text === 'bad' ? refusal('42501') : [])
    const session = await SentinelSession.open(ports)
    expect(await errorOf(session.ask({ text: 'bad' }))).toMatchObject({ code: '42501' })
    expect(await session.ask({ text: 'good' })).toEqual([])
  })
  it('is over after an error that is not the server’s', async () => {
    const { client, ports } = createWorld()
    client.reply = () => new Error('Connection terminated')
    const session = await SentinelSession.open(ports)
    expect(await errorOf(session.ask({ text: 'select 1' }))).toBeInstanceOf(SessionLostError)
    expect(session.isOver).toBe(true)
  })
  it('tells what a client throws', async () => {
    const { client, ports } = createWorld()
    const session = await SentinelSession.open(ports)
    client.query = () => {
      throw new TypeError('no')
    }
    expect(await errorOf(session.ask({ text: 'select 1' }))).toBeInstanceOf(TypeError)
  })
  it('refuses a client class that speaks no protocol, and closes it', async () => {
    const { client, ports } = createWorld()
    Object.assign(client, { query: undefined })
    expect(await errorOf(SentinelSession.open(ports))).toBeInstanceOf(UnaskableClientError)
    expect(client.isClosed).toBe(true)
  })
  it('never keeps the process alive', async () => {
    const { clock, client, ports } = createWorld()
    client.reply = () => 'silence'
    const handles: { hasRef(): boolean }[] = []
    const { setTimeout } = clock
    clock.setTimeout = (callback, delayMs) => {
      const handle = setTimeout.call(clock, callback, delayMs)
      handles.push(handle)
      return handle
    }
    const session = await SentinelSession.open(ports)
    expect(client.isRef).toBe(false)
    const error = errorOf(session.ask({ text: 'select 1' }))
    expect(handles.map((handle) => handle.hasRef())).toEqual([false, false])
    await clock.advanceAsync(1_000)
    await error
  })

  describe('closed', () => {
    it('says goodbye and tells when the socket is closed', async () => {
      const { client, ports } = createWorld()
      const session = await SentinelSession.open(ports)
      let isClosed = false
      session.close(() => {
        isClosed = true
      })
      expect(client.saidGoodbye).toBe(true)
      expect(isClosed).toBe(true)
    })
    it('keeps the process until its socket is closed, for whoever waits for that', async () => {
      const { client, ports } = createWorld()
      client.isHung = true
      const session = await SentinelSession.open(ports)
      session.close(() => {})
      expect(client.isRef).toBe(true)
    })
    it('is destroyed when its goodbye is not answered', async () => {
      const { clock, client, ports } = createWorld()
      client.isHung = true
      const session = await SentinelSession.open(ports)
      let isClosed = false
      session.close(() => {
        isClosed = true
      })
      await clock.advanceAsync(1_999)
      expect(isClosed).toBe(false)
      await clock.advanceAsync(1)
      expect(isClosed).toBe(true)
      expect(client.isClosed).toBe(true)
    })
    it('while it is opened is lost at once', async () => {
      const { client, ports } = createWorld()
      client.connectReply = 'silence'
      const session = new SentinelSession(ports)
      const error = errorOf(session.open())
      let isClosed = false
      session.close(() => {
        isClosed = true
      })
      expect(isClosed).toBe(true)
      expect(await error).toBeInstanceOf(Error)
      expect(client.isClosed).toBe(true)
    })
    it('in the middle of a question is lost at once', async () => {
      const { client, ports } = createWorld()
      client.reply = () => 'silence'
      const session = await SentinelSession.open(ports)
      const error = errorOf(session.ask({ text: 'select 1' }))
      session.close()
      expect(await error).toBeInstanceOf(Error)
      expect(client.isClosed).toBe(true)
    })
    it('asks nothing any more', async () => {
      const { client, ports } = createWorld()
      const session = await SentinelSession.open(ports)
      session.close()
      expect(await errorOf(session.ask({ text: 'select 1' }))).toBeInstanceOf(SessionLostError)
      expect(client.asked).toEqual([])
    })
  })

  it('passes on what the client class throws when it is made', async () => {
    const { ports } = createWorld()
    const createClient = (): PoolableClient => {
      throw new RangeError('no')
    }
    expect(await errorOf(SentinelSession.open({ ...ports, createClient }))).toBeInstanceOf(
      RangeError,
    )
  })
})
