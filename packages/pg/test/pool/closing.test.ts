import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { closeClient } from '../../src/pool/closing.ts'
import { FakeClient } from './fake-client.ts'

/** A client whose goodbye is not answered, and what was told of its close. */
function createDeaf(): { client: FakeClient; destroyed: number[]; told: boolean[] } {
  const client = new FakeClient()
  const destroyed: number[] = []
  client.end = () => {}
  client.connection.stream.destroy = () => void destroyed.push(1)
  return { client, destroyed, told: [] }
}

describe('closeClient', () => {
  it('says goodbye where the connection is trusted', () => {
    const clock = createFakeClock()
    const { client, destroyed, told } = createDeaf()
    client.end = (callback) => callback?.()
    closeClient(client, false, clock, (hard) => told.push(hard))
    expect(told).toEqual([false])
    expect(destroyed).toEqual([])
    expect(clock.pending).toBe(0)
  })
  it('destroys the socket of one that is not', () => {
    const { client, destroyed, told } = createDeaf()
    client.end = (callback) => callback?.()
    closeClient(client, true, createFakeClock(), (hard) => told.push(hard))
    expect(told).toEqual([true])
    expect(destroyed).toEqual([1])
  })
  it('destroys the socket of one that does not answer the goodbye', () => {
    const clock = createFakeClock()
    const { client, destroyed, told } = createDeaf()
    closeClient(client, false, clock, (hard) => told.push(hard))
    clock.advance(1_999)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual([true])
    expect(destroyed).toEqual([1])
  })
  it('tells the end once', () => {
    const clock = createFakeClock()
    const { client, told } = createDeaf()
    let goodbye: (() => void) | undefined
    client.end = (callback) => {
      goodbye = callback
    }
    closeClient(client, false, clock, (hard) => told.push(hard))
    clock.advance(2_000)
    goodbye?.()
    expect(told).toEqual([true])
  })
  it('survives a client that throws at its end', () => {
    const { client, told } = createDeaf()
    client.end = () => {
      throw new Error('not now')
    }
    closeClient(client, false, createFakeClock(), (hard) => told.push(hard))
    expect(told).toEqual([false])
  })
})
