import type { ConnectionHealthMonitor } from '@hale/core'

/** pg-pool's words for the removals that it logs. */
const removals: Readonly<Record<string, string>> = {
  uses: 'remove expended client',
  lifetime: 'remove expired client',
  idle: 'remove idle client',
}

/** Has `log` told of the clients that the pool removes by plan, as pg-pool tells it. */
export function logRemovals(
  monitor: ConnectionHealthMonitor,
  log: (message: string) => void,
): void {
  monitor.on('connection:retired', ({ cause }) => {
    const message = removals[cause]
    if (message !== undefined) log(message)
  })
}

/** `error.client` is the client that it befell, as in pg-pool; not shown where the error is printed. */
export function nameClient(error: Error, client: object): Error {
  if (!Object.isExtensible(error)) return error
  return Object.defineProperty(error, 'client', {
    value: client,
    configurable: true,
    writable: true,
  })
}
