import { EventEmitter } from 'node:events'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'
import { quantile } from '../../statistics.ts'

type Callback = (error?: Error | null, result?: unknown) => void

/** A client whose server takes no time: what remains is the pool's own. */
class InstantClient extends EventEmitter {
  readonly connection = Object.assign(new EventEmitter(), { stream: { destroy() {} } })
  readonly #answer = { rows: [] }
  readonly #ready = { status: 'I' }

  connect(callback: Callback): void {
    process.nextTick(callback)
  }
  query(_text: string, ...rest: readonly unknown[]): void {
    const callback = rest.at(-1) as Callback
    this.connection.emit('readyForQuery', this.#ready)
    callback(null, this.#answer)
    this.emit('drain')
  }
  end(callback?: Callback): void {
    this.emit('end')
    if (callback !== undefined) process.nextTick(callback)
  }
  ref(): void {}
  unref(): void {}
}

/** Time of the pool itself with so many open connections, µs. */
export interface PoolCost {
  /** Of connect and release, one after the other. */
  readonly leaseUs: number
  /** Of `pool.query`. */
  readonly queryUs: number
}

/** Cycles of one slice, and slices; the first ones compile. */
const CYCLES = 2_000
const SLICES = 12

/** Opens the pool whole, and goes round with one caller. */
export async function poolCost(connections: number): Promise<PoolCost> {
  const pool = new HealthAwarePool({
    max: connections,
    sentinel: false,
    Client: InstantClient as unknown as NonNullable<HealthAwarePoolOptions['Client']>,
  })
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  for (const client of clients) client.release()
  const leaseUs = await microseconds(async () => (await pool.connect()).release())
  const queryUs = await microseconds(() => pool.query('select 1'))
  await pool.end()
  return { leaseUs, queryUs }
}

async function microseconds(cycle: () => Promise<unknown>): Promise<number> {
  const slices: number[] = []
  for (let slice = 0; slice < SLICES; slice++) {
    const startedAt = performance.now()
    for (let n = 0; n < CYCLES; n++) await cycle()
    slices.push(((performance.now() - startedAt) * 1_000) / CYCLES)
  }
  return quantile(
    slices.slice(SLICES / 3).toSorted((a, b) => a - b),
    0.5,
  )
}
