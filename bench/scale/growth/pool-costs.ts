import { EventEmitter } from 'node:events'
import { HealthAwarePool, type HealthAwarePoolOptions } from '@hale/pg'

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

/** CPU of the pool itself with so many open connections, µs. */
export interface PoolCost {
  /** Of connect and release, one after the other. */
  readonly leaseUs: number
  /** Of `pool.query`. */
  readonly queryUs: number
}

/** Opens the pool whole, has all but one lent or none, and goes round. */
export async function poolCost(connections: number): Promise<PoolCost> {
  const pool = new HealthAwarePool({
    max: connections,
    sentinel: false,
    Client: InstantClient as unknown as NonNullable<HealthAwarePoolOptions['Client']>,
  })
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  for (const client of clients) client.release()
  const cycles = 10_000
  await leaseAll(pool, cycles)
  await queryAll(pool, cycles)
  const leaseUs = await microseconds(cycles, () => leaseAll(pool, cycles))
  const queryUs = await microseconds(cycles, () => queryAll(pool, cycles))
  await pool.end()
  return { leaseUs, queryUs }
}

async function leaseAll(pool: HealthAwarePool, cycles: number): Promise<void> {
  for (let n = 0; n < cycles; n++) (await pool.connect()).release()
}

async function queryAll(pool: HealthAwarePool, cycles: number): Promise<void> {
  for (let n = 0; n < cycles; n++) await pool.query('select 1')
}

async function microseconds(cycles: number, run: () => Promise<void>): Promise<number> {
  const startedAt = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(startedAt)
  return (user + system) / cycles
}
