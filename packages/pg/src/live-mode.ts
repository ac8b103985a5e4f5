import { type ConnectionRecycler, type HealthMode, OptionProblems, OptionReader } from '@hale/core'

/** The mode of a pool, which may change while it runs: checked, and told to all that read it. */
export class LiveMode {
  readonly #health: { mode: HealthMode }
  readonly #recycler: ConnectionRecycler

  /** `health` is the object that the parts of the pool read. */
  constructor(health: { mode: HealthMode }, recycler: ConnectionRecycler) {
    this.#health = health
    this.#recycler = recycler
  }

  get current(): HealthMode {
    return this.#health.mode
  }

  /** @throws {OptionsError} when it is no mode */
  set current(mode: HealthMode) {
    const problems = new OptionProblems()
    const reader = new OptionReader('', { mode: mode ?? null }, problems)
    const checked = reader.oneOf<HealthMode>('mode', ['enforce', 'observe'], this.current)
    problems.throwIfAny()
    this.#health.mode = checked
    this.#recycler.mode = checked
  }
}
