import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api'

/** Follows OpenTelemetry's context through callbacks and promises, as the one does that its Node SDK sets up. */
export function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, fn, thisArg, ...args) =>
      storage.run(context, () => fn.apply(thisArg as ThisParameterType<typeof fn>, args)),
    bind: (context, target) => {
      if (typeof target !== 'function') return target
      const bound = (...args: unknown[]) => storage.run(context, () => target(...args))
      return bound as typeof target
    },
    enable: () => manager,
    disable: () => {
      storage.disable()
      return manager
    },
  }
  return manager
}
