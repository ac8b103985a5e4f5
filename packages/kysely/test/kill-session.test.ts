import type { ConnectionHandle } from '@hale/pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type ControlClient,
  type ControlClientConstructor,
  killSession,
} from '../src/kill-session.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function createHandle() {
  const handle = {
    isRunning: true,
    processId: 4711,
    server: { host: 'second', port: 5433 },
    condemn: vi.fn(),
    cancelRunning: vi.fn(async () => {}),
  }
  return handle satisfies Partial<ConnectionHandle>
}

/** A class of control clients, and what became of the ones that were made. */
function createControlClient(own: Partial<ControlClient>) {
  const made: { options: unknown; queries: unknown[][]; ends: number; hears: string[] }[] = []
  class Control implements ControlClient {
    readonly #made = {
      options: undefined as unknown,
      queries: [] as unknown[][],
      ends: 0,
      hears: [] as string[],
    }
    constructor(options: unknown) {
      this.#made.options = options
      made.push(this.#made)
    }
    connect(): Promise<unknown> {
      return own.connect?.() ?? Promise.resolve()
    }
    query(...args: [string, readonly unknown[]]): Promise<unknown> {
      this.#made.queries.push(args)
      return own.query?.(...args) ?? Promise.resolve({ rows: [{ isEnded: true }] })
    }
    end(): unknown {
      this.#made.ends += 1
      return own.end?.()
    }
    on(event: 'error'): void {
      this.#made.hears.push(event)
    }
  }
  return { made, Control: Control as ControlClientConstructor }
}

const kill = (
  handle: ReturnType<typeof createHandle>,
  Client: ControlClientConstructor,
  options: object = { host: 'first' },
): Promise<void> => killSession(handle as unknown as ConnectionHandle, Client, options)

const never = (): Promise<never> => new Promise(() => {})

describe('killSession', () => {
  it('ends the session from another on the same server, and that one too', async () => {
    const handle = createHandle()
    const { made, Control } = createControlClient({})
    await kill(handle, Control)
    expect(made).toEqual([
      {
        options: expect.objectContaining({ host: 'second', port: 5433 }),
        queries: [['select pg_terminate_backend(4711) as "isEnded"', []]],
        ends: 1,
        hears: ['error'],
      },
    ])
    expect(handle.cancelRunning).not.toHaveBeenCalled()
  })

  it('hands on the password that a pool hides, and what a connection string says', async () => {
    const { made, Control } = createControlClient({})
    const options = Object.defineProperty({ user: 'ann' }, 'password', { value: 'secret' })
    await kill(createHandle(), Control, options)
    await kill(createHandle(), Control, { connectionString: 'postgres://bob:word@first/shop' })
    expect(Object.entries(made[0]?.options ?? {})).toContainEqual(['password', 'secret'])
    expect(Object.entries(made[1]?.options ?? {})).toContainEqual(['password', 'word'])
    expect(made[1]?.options).toMatchObject({ user: 'bob', database: 'shop', host: 'second' })
  })

  it('dials nobody when nothing runs any more', async () => {
    const { made, Control } = createControlClient({})
    await kill({ ...createHandle(), isRunning: false }, Control)
    expect(made).toEqual([])
  })

  it('kills nobody when what ran has ended meanwhile', async () => {
    const handle = createHandle()
    const connect = async (): Promise<void> => {
      handle.isRunning = false
    }
    const { made, Control } = createControlClient({ connect })
    await kill(handle, Control)
    expect(made).toMatchObject([{ queries: [], ends: 1 }])
    expect(handle.condemn).not.toHaveBeenCalled()
  })

  it.each<[string, Partial<ControlClient>]>([
    ['cannot connect', { connect: () => Promise.reject(new Error('too many clients')) }],
    ['may not kill', { query: () => Promise.reject(new Error('permission denied')) }],
    ['finds no such backend', { query: async () => ({ rows: [{ isEnded: false }] }) }],
    [
      'cannot be ended',
      { connect: () => Promise.reject(new Error()), end: () => Promise.reject(new Error()) },
    ],
  ])(
    'cancels instead, and has the connection closed, where the session beside it %s',
    async (_, own) => {
      const handle = createHandle()
      const { made, Control } = createControlClient(own)
      await kill(handle, Control)
      expect(handle.condemn).toHaveBeenCalledOnce()
      expect(handle.cancelRunning).toHaveBeenCalledOnce()
      expect(made[0]?.ends).toBe(1)
    },
  )

  it.each<[string, Partial<ControlClient>]>([
    ['connect', { connect: never }],
    ['answer', { query: never }],
  ])('waits 5 s for the session beside it to %s, and cancels then', async (_, own) => {
    const handle = createHandle()
    const { made, Control } = createControlClient(own)
    const killing = kill(handle, Control)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(handle.cancelRunning).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await killing
    expect(handle.cancelRunning).toHaveBeenCalledOnce()
    expect(made[0]?.ends).toBe(1)
  })

  it('cancels instead where no client can be made at all', async () => {
    const handle = createHandle()
    const Refusing = class {
      constructor() {
        throw new Error('not here')
      }
    } as unknown as ControlClientConstructor
    await kill(handle, Refusing)
    expect(handle.cancelRunning).toHaveBeenCalledOnce()
  })
})
