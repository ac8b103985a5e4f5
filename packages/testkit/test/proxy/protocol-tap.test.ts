import { describe, expect, it } from 'vitest'
import { ProtocolTap } from '../../src/proxy/protocol-tap.ts'

const int32 = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) buffer.writeInt32BE(value, index * 4)
  return buffer
}
const message = (type: string, body: string | Buffer): Buffer => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(type), int32(bytes.length + 4), bytes])
}
const startup = Buffer.concat([int32(16, 196_608), Buffer.from('user\0me\0')])
const sslRequest = int32(8, 80_877_103)
const query = (text: string): Buffer => message('Q', `${text}\0`)
const parse = (name: string, text: string): Buffer => message('P', `${name}\0${text}\0\0\0`)
const keyData = message('K', int32(4_711, 99))

const createTap = () => {
  const seen: string[] = []
  const tap = new ProtocolTap({
    onProcessId: (processId) => seen.push(`pid ${processId}`),
    onStatement: (text) => seen.push(text),
    onCancelRequest: () => seen.push('cancel'),
  })
  return { tap, seen }
}
const session = Buffer.concat([
  startup,
  message('p', 'secret Q\0'),
  query('select 1'),
  parse('s1', 'select $1'),
  message('B', '\0s1\0'),
  message('E', '\0\0\0\0\0'),
  message('S', ''),
  query(''),
  message('X', ''),
])

describe('ProtocolTap', () => {
  it.each([1, 2, 3, 5, 7, 1_000])("reads the client's messages from chunks of %i bytes", (size) => {
    const { tap, seen } = createTap()
    for (let at = 0; at < session.length; at += size) tap.up(session.subarray(at, at + size))
    expect(seen).toEqual(['select 1', 'select $1', ''])
    expect(tap.statements).toEqual({ query: 2, parse: 1, bind: 1, execute: 1 })
  })

  it.each([1, 4, 1_000])('reads the pid from chunks of %i bytes', (size) => {
    const { tap, seen } = createTap()
    const answer = Buffer.concat([
      message('R', int32(0)),
      message('S', 'TimeZone\0UTC\0'),
      keyData,
      message('Z', 'I'),
    ])
    for (let at = 0; at < answer.length; at += size) tap.down(answer.subarray(at, at + size))
    expect(seen).toEqual(['pid 4711'])
  })

  it('goes on after a refused request for encryption', () => {
    const { tap, seen } = createTap()
    tap.up(sslRequest)
    tap.down(Buffer.from('N'))
    tap.up(Buffer.concat([startup, query('select 2')]))
    tap.down(keyData)
    expect(seen).toEqual(['select 2', 'pid 4711'])
  })

  it('goes deaf when TLS starts', () => {
    const { tap, seen } = createTap()
    tap.up(sslRequest)
    tap.down(Buffer.from('S'))
    tap.up(Buffer.concat([startup, query('select 3')]))
    tap.down(keyData)
    expect(seen).toEqual([])
  })

  it('goes deaf when the first bytes are no startup message', () => {
    const { tap, seen } = createTap()
    tap.up(Buffer.from('\x16\x03\x01\x02\x00\x01'))
    tap.up(query('select 4'))
    expect(seen).toEqual([])
  })

  it('knows when an answer is due, and what the server last said of its transaction', () => {
    const { tap } = createTap()
    tap.up(startup)
    expect(tap).toMatchObject({ isBusy: true, transactionStatus: undefined })
    tap.down(Buffer.concat([keyData, message('Z', 'I')]))
    expect(tap).toMatchObject({ isBusy: false, transactionStatus: 'I' })
    tap.up(Buffer.concat([parse('', 'begin'), message('E', '\0\0\0\0\0'), message('S', '')]))
    expect(tap.isBusy).toBe(true)
    tap.down(message('C', 'BEGIN\0'))
    expect(tap.isBusy).toBe(true)
    tap.down(message('Z', 'T'))
    expect(tap).toMatchObject({ isBusy: false, transactionStatus: 'T' })
    tap.up(Buffer.concat([query('select 1'), query('select 2')]))
    tap.down(message('Z', 'E'))
    expect(tap).toMatchObject({ isBusy: true, transactionStatus: 'E' })
  })

  it('tells a cancel request', () => {
    const { tap, seen } = createTap()
    tap.up(int32(16, 80_877_102, 4_711, 99))
    expect(seen).toEqual(['cancel'])
  })
})
