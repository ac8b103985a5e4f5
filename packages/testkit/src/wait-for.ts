import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

/** Options of `waitFor`. */
export interface WaitForOptions {
  /** Bound of the whole wait. @default 10_000 */
  readonly timeoutMs?: number
  /** Time between two looks. @default 10 */
  readonly intervalMs?: number
  /** What is waited for, in words of the error. @default 'the condition' */
  readonly describe?: string
}

/** `T` without the values that `waitFor` keeps waiting on. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>

type Look<T> = { readonly value: T } | { readonly error: unknown } | undefined

/**
 * The first truthy value of `condition`. A condition that throws counts as not met yet. Rejects at
 * the bound with the last value or error, even if the condition itself hangs.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitForOptions = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 10_000, intervalMs = 10, describe = 'the condition' } = options
  const end = performance.now() + timeoutMs
  const bound = startBound(timeoutMs)
  let last: Look<T>
  try {
    do {
      const look = await Promise.race([lookOnce(condition), bound.passed])
      if (look === undefined) break
      if ('value' in look && look.value) return look.value as Truthy<T>
      last = look
      await delay(Math.max(0, Math.min(intervalMs, end - performance.now())))
    } while (performance.now() < end)
  } finally {
    bound.clear()
  }
  const cause = last !== undefined && 'error' in last ? { cause: last.error } : {}
  throw new Error(`${describe}: not within ${timeoutMs} ms, ${describeLook(last)}`, cause)
}

async function lookOnce<T>(condition: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { value: await condition() }
  } catch (error) {
    return { error }
  }
}

function startBound(ms: number): { passed: Promise<undefined>; clear(): void } {
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return { passed, clear: () => clearTimeout(timer) }
}

function describeLook(look: Look<unknown>): string {
  if (look === undefined) return 'the condition never answered'
  if ('value' in look) return `last value ${inspect(look.value)}`
  return `last error ${look.error instanceof Error ? look.error.message : inspect(look.error)}`
}
