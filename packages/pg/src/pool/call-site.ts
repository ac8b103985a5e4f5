import { fileURLToPath } from 'node:url'

/** Longest text of a call site; paths are long, and this goes into messages. */
const LONGEST = 200

/** Frames looked through for one of the application's; ORMs put a dozen of their own on top. */
const DEPTH = 30

const ownDirectory = fileURLToPath(new URL('..', import.meta.url))

/** A place in the application. Captured at little cost; turned into text only when somebody asks. */
export class CallSite {
  readonly #trace: { stack?: unknown } = {}

  /** The place that called `entry`. */
  constructor(entry: (...args: never[]) => unknown) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = DEPTH
    Error.captureStackTrace(this.#trace, entry)
    Error.stackTraceLimit = stackTraceLimit
  }

  /** `function (file:line:column)` of the innermost frame that is neither Hale's, a library's nor Node's. */
  toString(): string {
    const frames = this.#frames()
    const found = frames.find(isOfApplication) ?? frames[0] ?? 'unknown'
    return found.trim().replace(/^at /, '').replace('file://', '').slice(0, LONGEST)
  }

  /** None where the application formats stacks in a way of its own (`Error.prepareStackTrace`). */
  #frames(): readonly string[] {
    try {
      const { stack } = this.#trace
      return typeof stack === 'string' ? stack.split('\n').slice(1) : []
    } catch {
      return []
    }
  }
}

function isOfApplication(frame: string): boolean {
  const isForeign =
    frame.includes('node_modules') || frame.includes('node:') || frame.includes('<anonymous>')
  return !isForeign && !frame.includes(ownDirectory)
}
