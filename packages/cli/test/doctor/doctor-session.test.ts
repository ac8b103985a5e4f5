import { EventEmitter } from 'node:events'
import type pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { DoctorSession } from '../../src/doctor/facts/doctor-session.ts'

const row = { rows: [{ answer: 7 }] }

function createSession(answer: (text: string) => unknown, end = () => Promise.resolve()) {
  const texts: string[] = []
  const destroy = vi.fn()
  const client = Object.assign(new EventEmitter(), {
    connection: Object.assign(new EventEmitter(), { stream: { destroy } }),
    end,
    query: async ({ text }: { text: string }) => {
      texts.push(text)
      return answer(text)
    },
  })
  return { session: new DoctorSession(client as unknown as pg.Client, 100), texts, client, destroy }
}

describe('DoctorSession', () => {
  it('asks in a read-only transaction whose limits end with it', async () => {
    const { session, texts } = createSession(() => [{ rows: [] }, row, { rows: [] }])
    expect(await session.ask('1 + 6')).toBe(7)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^begin .*read only;\s+set local statement_timeout = 80;/)
    expect(texts[0]).toMatch(/; select 1 \+ 6 as answer; commit$/)
  })
  it('ends the transaction of a question that was refused, and says why', async () => {
    const refusal = new Error('permission denied')
    const { session, texts } = createSession((text) => {
      if (text !== 'rollback') throw refusal
    })
    await expect(session.ask('secret()')).rejects.toBe(refusal)
    expect(texts.at(-1)).toBe('rollback')
  })
  it('does without transactions where none may begin', async () => {
    const { session, texts } = createSession((text) => {
      if (text.startsWith('begin'))
        throw new Error('transaction blocks not allowed in statement pooling mode')
      return row
    })
    expect([await session.ask('7'), await session.ask('7')]).toEqual([7, 7])
    expect(texts.slice(1)).toEqual(['select 7 as answer', 'select 7 as answer'])
  })
  it('leaves a server that does not answer its goodbye', async () => {
    const { session, destroy } = createSession(
      () => row,
      () => new Promise(() => {}),
    )
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const closing = session.close()
    await vi.advanceTimersByTimeAsync(100)
    vi.useRealTimers()
    await closing
    expect(destroy).toHaveBeenCalledOnce()
  })
  it('outlasts the end of its connection', () => {
    const { client } = createSession(() => row)
    expect(() => client.emit('error', new Error('gone'))).not.toThrow()
  })
})
