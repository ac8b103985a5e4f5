import { availableParallelism } from 'node:os'
import { PostgresUnavailableError, startPostgres } from '@hale/testkit'
import pg from 'pg'

/** What a login took on a real server that shares this machine's cores with its clients. */
export interface LoginCost {
  readonly loginsPerSecond: number
  readonly cores: number
  /** CPU of the client's side per login, ms. */
  readonly clientCpuMs: number
  /** What is left of the cores' time per login, ms: the server's, and what else ran. */
  readonly serverCpuMs: number
}

/** More at once than there are cores, so that none of them waits. */
const AT_ONCE = 16

/** Logs in to a PostgreSQL of its own again and again; `undefined` where there is none. */
export async function measureLoginCost(forMs: number = 3_000): Promise<LoginCost | undefined> {
  try {
    await using server = await startPostgres({ ignoreEnvironment: true })
    await logIn(server.connectionString, 500)
    return await logIn(server.connectionString, forMs)
  } catch (error) {
    if (error instanceof PostgresUnavailableError) return undefined
    throw error
  }
}

async function logIn(connectionString: string, forMs: number): Promise<LoginCost> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  let logins = 0
  const logInAgain = async (): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const client = new pg.Client(connectionString)
      await client.connect()
      logins += 1
      await client.end()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, logInAgain))
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  const clientCpuMs = (user + system) / 1_000 / logins
  const cores = availableParallelism()
  return {
    loginsPerSecond: (logins * 1_000) / tookMs,
    cores,
    clientCpuMs,
    serverCpuMs: (cores * tookMs) / logins - clientCpuMs,
  }
}
