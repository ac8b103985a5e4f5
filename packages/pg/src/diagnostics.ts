import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventMirror, HealthEvent, HealthEventType } from '@hale/core'

/** Sends every event to the `node:diagnostics_channel` of its name, `hale:connection:evicted` for one. */
export function createDiagnosticsMirror(): EventMirror {
  const channels = new Map<HealthEventType, Channel>()
  const channelOf = (type: HealthEventType): Channel => {
    let found = channels.get(type)
    if (found === undefined) {
      found = channel(`hale:${type}`)
      channels.set(type, found)
    }
    return found
  }
  return {
    hears: (type) => channelOf(type).hasSubscribers,
    publish: (event: HealthEvent) => channelOf(event.type).publish(event),
  }
}
