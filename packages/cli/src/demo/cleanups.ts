/** One step may take so long, ms: what is broken on purpose must not keep the demo from ending. */
const STEP_MS = 5_000

interface Step {
  undo(): Promise<unknown>
  readonly leaves: string | undefined
}

/** What is to be undone, in the reverse order. */
export class Cleanups {
  readonly #steps: Step[] = []

  /** `leaves` names what stays behind if it cannot be undone, where that outlives the process. */
  add(undo: () => Promise<unknown>, leaves?: string): void {
    this.#steps.push({ undo, leaves })
  }

  /** Undoes all. A step that fails or hangs does not hold up the others; gives back what they leave. */
  async run(): Promise<readonly string[]> {
    const left: string[] = []
    for (const { undo, leaves } of this.#steps.splice(0).reverse()) {
      if (!(await isDone(undo)) && leaves !== undefined) left.push(leaves)
    }
    return left
  }
}

function isDone(undo: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const bound = setTimeout(() => resolve(false), STEP_MS)
    const settle = (isGood: boolean): void => {
      clearTimeout(bound)
      resolve(isGood)
    }
    undo().then(
      () => settle(true),
      () => settle(false),
    )
  })
}
