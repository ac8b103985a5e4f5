import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { muffle } from '../../src/pool/muffle.ts'
import { createWorld } from './engine-world.ts'
import { connectionOf, lease } from './world-steps.ts'

describe('a stream that its holder left behind', () => {
  it('ends no process with an error that nobody hears', () => {
    const world = createWorld()
    const connection = connectionOf(world, lease(world))
    const unheard = new EventEmitter()
    const heard = new EventEmitter()
    const errors: unknown[] = []
    heard.on('error', (error) => void errors.push(error))
    connection.wire.submittables.push(unheard, heard, {}) // a cursor is no emitter
    muffle(connection)
    const error = new Error('Connection terminated')
    for (const stream of [unheard, heard]) stream.emit('error', error)
    expect(errors).toEqual([error])
    expect(heard.listenerCount('error')).toBe(1)
  })
})
