/** A Drizzle transaction of either major, as far as the statements around its work go. */
export interface Executor {
  execute(statement: string): PromiseLike<unknown>
}

/**
 * The nested transactions of one transaction. Invariant: work that was to be rolled back, and could not
 * be, is never committed.
 */
export class Savepoints {
  #failure: { readonly error: unknown } | undefined

  /**
   * Runs `use` inside of the savepoint `name`; what fails first is what the caller gets, also when the
   * rollback to the savepoint fails as well.
   */
  async run<Transaction extends Executor, Result>(
    name: string,
    nested: Transaction,
    use: (nested: Transaction) => Promise<Result>,
  ): Promise<Result> {
    await nested.execute(`savepoint ${name}`)
    try {
      const result = await use(nested)
      await nested.execute(`release savepoint ${name}`)
      return result
    } catch (error) {
      await this.#rollBack(name, nested)
      throw error
    }
  }

  /** To be called before COMMIT. @throws what the first rollback to a savepoint failed with, if any did */
  requireRolledBack(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #rollBack(name: string, nested: Executor): Promise<void> {
    try {
      await nested.execute(`rollback to savepoint ${name}`)
    } catch (error) {
      this.#failure ??= { error }
    }
  }
}
