import type { HealthEventEmitter } from '@hale/core'
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

const mark = ROOT_CONTEXT.setValue(createContextKey('@hale/opentelemetry mark'), true)

/** Whether anything keeps contexts. Nothing does before an SDK was started, and then no span is ever active. */
function areContextsKept(): boolean {
  return context.with(mark, () => context.active() === mark)
}

/**
 * Calls `start` as soon as there can be active spans: at once, or after the sweep that finds so. Until then
 * nothing is listened to that costs anything per query. Gives back how to undo it.
 */
export function whenTraced(monitor: HealthEventEmitter, start: () => () => void): () => void {
  if (areContextsKept()) return start()
  let undo: () => void = () => {}
  const look = (): void => {
    if (!areContextsKept()) return
    monitor.off('sweep:finished', look)
    undo = start()
  }
  monitor.on('sweep:finished', look)
  return () => {
    monitor.off('sweep:finished', look)
    undo()
  }
}
