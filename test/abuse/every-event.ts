import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { HealthEvent, HealthEventType } from '@hale/core'
import type { HealthAwarePool } from '@hale/pg'

/** All of them: the compiler refuses one that is missing. */
const types: Readonly<Record<HealthEventType, true>> = {
  'acquire:queued': true,
  'acquire:timed-out': true,
  'assessment:changed': true,
  'breaker:closed': true,
  'breaker:opened': true,
  'connection:closed': true,
  'connection:condemned': true,
  'connection:evicted': true,
  'connection:leased': true,
  'connection:open-failed': true,
  'connection:opened': true,
  'connection:probed': true,
  'connection:released': true,
  'connection:retired': true,
  'issue:cleared': true,
  'issue:raised': true,
  'pool:closed': true,
  'server:changed': true,
  'sweep:finished': true,
}
export const eventTypes: readonly HealthEventType[] = Object.keys(types) as HealthEventType[]

/** Has `listen` called for every event of a pool, whatever its type. */
export function onEveryEvent(
  pool: HealthAwarePool,
  listen: (event: HealthEvent) => unknown,
): readonly HealthEventType[] {
  for (const type of eventTypes) pool.monitor.on(type, listen)
  return eventTypes
}

/** Every message of every `hale:…` channel, of all pools of this process, until it is disposed of. */
export function recordChannels(): Disposable & { readonly messages: unknown[] } {
  const messages: unknown[] = []
  const record = (message: unknown): void => void messages.push(message)
  for (const type of eventTypes) subscribe(`hale:${type}`, record)
  return {
    messages,
    [Symbol.dispose]: () => {
      for (const type of eventTypes) unsubscribe(`hale:${type}`, record)
    },
  }
}
