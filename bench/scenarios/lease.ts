import type pg from 'pg'
import { type Case, cpuPer, nsPer, type Scenario } from '../scenario.ts'

const sliceMs = 100

async function promiseForm(pool: pg.Pool, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const client = await pool.connect()
    client.release()
  }
}

function callbackForm(pool: pg.Pool, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    const leased = (
      error: Error | undefined,
      _client: pg.PoolClient | undefined,
      release: () => void,
    ): void => {
      if (error !== undefined) {
        reject(error)
        return
      }
      release()
      left -= 1
      if (left > 0) pool.connect(leased)
      else resolve()
    }
    pool.connect(leased)
  })
}

function leaseCase(name: string, run: Case['run']): Case {
  const goal = { name: `lease cycle, ${name}`, atMost: 1 }
  return {
    name,
    pool: { max: 10 },
    sliceMs,
    measures: [nsPer('cycle', goal), cpuPer('cycle')],
    run,
  }
}

/** What a lease costs by itself: connect and release, on a warm pool, with no statement. */
export const lease: Scenario = {
  name: 'lease',
  title: 'Lease cycle: connect + release, no statement',
  cases: [leaseCase('promise', promiseForm), leaseCase('callback', callbackForm)],
}
