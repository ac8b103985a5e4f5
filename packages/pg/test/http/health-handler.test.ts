import { describe, expect, it } from 'vitest'
import { livenessHandler, readinessHandler } from '../../src/index.ts'
import { standing } from './standing.ts'

/** What a response of Node's was told. */
class Told {
  headersSent = false
  status: number | undefined
  headers: Readonly<Record<string, string>> = {}
  body: string | undefined
  writeHead(status: number, headers: Record<string, string>): void {
    this.headersSent = true
    this.status = status
    this.headers = headers
  }
  end(body?: string): void {
    this.body = body
  }
}

const ready = readinessHandler(standing('ready'))

describe('a health handler', () => {
  it('answers a Fetch request, whatever comes second', async () => {
    for (const second of [undefined, { params: {} }, () => {}]) {
      const handle = ready as (request: Request, second: unknown) => Response
      const response = handle(new Request('http://app/ready'), second)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
  })
  it('answers the context of Hono', () => {
    expect(ready({ req: { method: 'GET' } }).status).toBe(200)
    expect(ready({ req: { method: 'POST' } }).status).toBe(405)
  })
  it('answers on a response of Node’s', () => {
    const told = new Told()
    ready({ method: 'GET' }, told)
    expect(told.status).toBe(200)
    expect(JSON.parse(told.body ?? '')).toMatchObject({ ready: true })
    expect(told.headers['content-length']).toBe(String(told.body?.length))
  })
  it('writes nothing where somebody else has answered', () => {
    const told = new Told()
    told.headersSent = true
    ready({ method: 'GET' }, told)
    expect(told.status).toBe(undefined)
  })
  it('answers HEAD without a body, and with its length', async () => {
    const response = ready(new Request('http://app/', { method: 'HEAD' }))
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
    const told = new Told()
    ready({ method: 'HEAD' }, told)
    expect(told.body).toBe(undefined)
    expect(Number(told.headers['content-length'])).toBeGreaterThan(0)
  })
  it.each(['POST', 'DELETE', 'OPTIONS'])('refuses %s', (method) => {
    const response = ready(new Request('http://app/', { method }))
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  })
})

describe('liveness', () => {
  const get = () => new Request('http://app/live')
  it('is 200 whatever the pools say, which the body tells', async () => {
    for (const reason of ['ready', 'server-unreachable', 'exhausted', 'closed'] as const) {
      const response = livenessHandler(standing(reason))(get())
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ alive: true, reason })
    }
  })
  it('needs no pool', async () => {
    expect(await livenessHandler()(get()).json()).toEqual({ alive: true })
  })
  it('refuses what is no pool', () => {
    expect(() => livenessHandler('postgres://x' as never)).toThrow(/pools/)
  })
})
