import { printable } from '@hale/core'
import type { DashboardDelta, DashboardState } from '@hale/dashboard'
import { createParser } from 'eventsource-parser'
import {
  DashboardUnreadableError,
  notADashboard,
  toUnreadable,
} from './dashboard-unreadable-error.ts'

export interface DashboardPlace {
  readonly url: URL
  readonly headers: Headers
  /** How long it may be silent. */
  readonly timeoutMs: number
}

export type DashboardMessage =
  | { readonly kind: 'state'; readonly state: DashboardState }
  | { readonly kind: 'delta'; readonly delta: DashboardDelta }

/** A state of many pools with a full hour each is far below. */
const MOST_CHARACTERS = 64 * 1_048_576

/** The state as it is now. @throws {DashboardUnreadableError} */
export async function readState(place: DashboardPlace): Promise<DashboardState> {
  const silence = AbortSignal.timeout(place.timeoutMs)
  try {
    const response = await ask(place, 'snapshot.json', silence)
    let text = ''
    for await (const chunk of chunksOf(response)) {
      text += chunk
      if (text.length > MOST_CHARACTERS) throw notADashboard('it sends too much')
    }
    return toState(parse(text))
  } catch (error) {
    throw toUnreadable(error)
  }
}

/**
 * The state, then what changes, until the dashboard ends the stream, which it does now and then, or `signal`
 * is aborted. @throws {DashboardUnreadableError}
 */
export async function* readEvents(
  place: DashboardPlace,
  signal: AbortSignal,
): AsyncGenerator<DashboardMessage> {
  const silence = new Silence(place.timeoutMs)
  const messages: DashboardMessage[] = []
  const parser = createParser({
    maxBufferSize: MOST_CHARACTERS,
    onEvent: ({ event, data }) => {
      if (event === 'state') messages.push({ kind: 'state', state: toState(parse(data)) })
      if (event === 'delta') messages.push({ kind: 'delta', delta: toDelta(parse(data)) })
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw notADashboard('it sends too much')
    },
  })
  try {
    const response = await ask(place, 'events', AbortSignal.any([signal, silence.signal]))
    for await (const chunk of chunksOf(response)) {
      silence.broken()
      parser.feed(chunk)
      yield* messages.splice(0)
    }
  } catch (error) {
    if (!signal.aborted) throw toUnreadable(error)
  } finally {
    silence.stop()
  }
}

async function ask(place: DashboardPlace, path: string, signal: AbortSignal): Promise<Response> {
  const { url, headers } = place
  // a redirect could lead the headers, which may be secret, somewhere else
  const response = await fetch(new URL(path, url), { headers, signal, redirect: 'manual' })
  if (response.ok) return response
  await response.body?.cancel()
  throw DashboardUnreadableError.ofStatus(response.status)
}

async function* chunksOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) yield decoder.decode(bytes as Uint8Array, { stream: true })
}

/** No text in it moves a cursor, wherever a number was expected. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_name, value) =>
      typeof value === 'string' ? printable(value) : value,
    )
  } catch {
    throw notADashboard('what it sends is no JSON')
  }
}

function toState(value: unknown): DashboardState {
  const { version, pools } = (value ?? {}) as Partial<DashboardState>
  if (version !== 1) throw notADashboard('it speaks another format than this version of hale')
  if (typeof pools !== 'object' || pools === null) throw notADashboard('its state has no pools')
  return value as DashboardState
}

function toDelta(value: unknown): DashboardDelta {
  const { pools } = (value ?? {}) as Partial<DashboardDelta>
  if (typeof pools !== 'object' || pools === null) throw notADashboard('its changes have no pools')
  return value as DashboardDelta
}

/** Aborts once nothing has come for `timeoutMs`. */
class Silence {
  readonly #aborting = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(timeoutMs: number) {
    const reason = new DOMException('silent', 'TimeoutError')
    this.#timer = setTimeout(() => this.#aborting.abort(reason), timeoutMs)
  }

  get signal(): AbortSignal {
    return this.#aborting.signal
  }

  broken(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
