import type { EventEmitter } from 'node:events'
import type { Connection } from './connection.ts'

/**
 * Keeps errors that closing or cleaning causes from ending the process: who released a stream half-way
 * listens to it no more, and an 'error' that nobody hears is thrown. Those who do listen are told.
 */
export function muffle({ wire }: Connection): void {
  for (const submittable of wire.submittables) {
    const { on, listenerCount } = submittable as Partial<EventEmitter>
    if (on === undefined || listenerCount?.call(submittable, 'error') !== 0) continue
    on.call(submittable, 'error', () => {})
  }
}
