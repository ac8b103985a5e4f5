import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { DashboardUnreadableError } from '../../src/watch/dashboard-unreadable-error.ts'
import { type DashboardMessage, readEvents, readState } from '../../src/watch/read-dashboard.ts'
import { serve } from './serve.ts'
import { somePool, someState } from './some-state.ts'

const state = someState({ one: somePool() })

const answer =
  (text: string, status = 200, headers = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(text)

async function read(
  listener: RequestListener,
  more: { timeoutMs?: number; headers?: Headers } = {},
) {
  await using server = await serve(listener)
  const { timeoutMs = 5_000, headers = new Headers() } = more
  return await readState({ url: server.url, headers, timeoutMs })
}

async function watch(write: (response: ServerResponse) => void, timeoutMs = 5_000) {
  await using server = await serve((_request, response) => write(response))
  const messages: DashboardMessage[] = []
  const signal = new AbortController().signal
  const place = { url: server.url, headers: new Headers(), timeoutMs }
  let error: unknown
  try {
    for await (const message of readEvents(place, signal)) messages.push(message)
  } catch (caught) {
    error = caught
  }
  return { messages, error: error as DashboardUnreadableError | undefined }
}

describe('readState', () => {
  it('gives the state, and sends the headers', async () => {
    let asked: unknown
    const headers = new Headers({ authorization: 'Bearer t' })
    const got = await read(
      (request, response) => {
        asked = [request.url, request.headers.authorization]
        response.end(JSON.stringify(state))
      },
      { headers },
    )
    expect(got).toEqual(state)
    expect(asked).toEqual(['/hale/snapshot.json', 'Bearer t'])
  })
  it.each([
    ['401', answer('', 401), '--header', false],
    ['403', answer('', 403), 'allowRemote', false],
    ['404', answer('', 404), 'no dashboard at this URL', false],
    ['503', answer('', 503), 'answers 503', true],
    ['a redirect', answer('', 302, { location: 'http://evil.example/' }), 'somewhere else', false],
    ['a page', answer('<html>'), 'no JSON', false],
    ['another format', answer('{"version":2,"pools":{}}'), 'another format', false],
    ['no pools', answer('{"version":1}'), 'no pools', false],
    ['nothing', answer('null'), 'another format', false],
  ])('tells what to do about %s', async (_what, listener, text, isPassing) => {
    const error = await read(listener).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(DashboardUnreadableError)
    expect(error).toMatchObject({ isPassing, message: expect.stringContaining(text) })
  })
  it('does not wait for ever', async () => {
    const error = read(() => {}, { timeoutMs: 50 })
    await expect(error).rejects.toMatchObject({
      message: 'the dashboard is silent',
      isPassing: true,
    })
  })
  it('says that nobody listens', async () => {
    const server = await serve(() => {})
    await server[Symbol.asyncDispose]()
    const place = { url: server.url, headers: new Headers(), timeoutMs: 5_000 }
    await expect(readState(place)).rejects.toThrow('nobody listens there')
  })
  it('lets no text through that a terminal takes for a command, even where a number belongs', async () => {
    const pool = { ...somePool(), counts: { max: '\u001b[2J' } }
    const got = await read(answer(JSON.stringify(someState({ one: pool as never }))))
    expect(got.pools['one']?.counts.max).toBe('\ufffd[2J')
  })
})

describe('readEvents', () => {
  it('gives the state and what changes, until the stream ends', async () => {
    const delta = { at: 1, pools: { one: null } }
    const { messages, error } = await watch((response) => {
      response.write('retry: 2000\nevent: sta')
      response.write(`te\ndata: ${JSON.stringify(state)}\n\n: ping\n\n`)
      response.end(`event: delta\ndata: ${JSON.stringify(delta)}\n\nevent: other\ndata: x\n\n`)
    })
    expect(error).toBeUndefined()
    expect(messages).toEqual([
      { kind: 'state', state },
      { kind: 'delta', delta },
    ])
  })
  it('gives up on a stream that falls silent', async () => {
    const { messages, error } = await watch((response) => {
      response.write(`event: state\ndata: ${JSON.stringify(state)}\n\n`)
    }, 80)
    expect(messages).toHaveLength(1)
    expect(error).toMatchObject({ message: 'the dashboard is silent', isPassing: true })
  })
  it.each([
    ['no JSON', 'event: delta\ndata: {\n\n', 'no JSON'],
    ['no changes', 'event: delta\ndata: 1\n\n', 'no pools'],
    ['another format', 'event: state\ndata: {"version":9}\n\n', 'another format'],
  ])('takes %s for no dashboard', async (_what, text, expected) => {
    const { error } = await watch((response) => response.end(text))
    expect(error).toMatchObject({ isPassing: false, message: expect.stringContaining(expected) })
  })
  it('is not filled up by a line that never ends', async () => {
    const line = 'x'.repeat(1_048_576)
    const { error } = await watch((response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(line));
        response.once('drain', write)
      }
      response.write('data: ')
      write()
    })
    expect(error).toMatchObject({ isPassing: false, message: expect.stringContaining('too much') })
  })
})
