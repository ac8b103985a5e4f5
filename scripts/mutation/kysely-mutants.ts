import type { Mutant } from './mutant.ts'

const driver = 'health-aware-driver.ts'
const lend = 'return this.#opened.connect().then(this.#arrive, this.#fail)'
const beforeCommit = 'override async commitTransaction('
const commit = 'await super.commitTransaction(connection)\n'
const rollback = 'await super.rollbackTransaction(connection)\n'
const rollbackFailed = '} catch {\n      this.#lender.handleOf(connection)?.condemn()'
const commitFailed = 'throw handle?.isRunning ? toCommitError(error) : error'

/** Bugs that Kysely 0.29 does not make up for. */
export const kyselyMutants: readonly Mutant[] = [
  {
    name: 'send the statements of a transaction through the pool',
    file: 'lender.ts',
    find: lend,
    replace: `const pool = this.#opened
    return pool.connect().then((client) => {
      const query = (sql: string, values: unknown[]) => pool.query(sql, values)
      return this.#arrive(Object.assign(Object.create(client), { query }) as pg.PoolClient)
    }, this.#fail)`,
  },
  {
    name: 'lend one client to everybody',
    file: 'lender.ts',
    find: lend,
    replace: `const lent: Promise<pg.PoolClient> = Reflect.get(this, 'lent') ?? this.#opened.connect()
    Reflect.set(this, 'lent', lent)
    return lent.then(this.#arrive, this.#fail)`,
  },
  {
    name: 'leak the slot when BEGIN fails',
    file: driver,
    find: beforeCommit,
    replace: `override async beginTransaction(connection: DatabaseConnection, settings: never) {
    const leak = () => Reflect.set(connection, 'isLeaked', true)
    await super.beginTransaction(connection, settings).catch((error) => leak() && Promise.reject(error))
  }
  override async releaseConnection(connection: PooledConnection) {
    if (!Reflect.get(connection, 'isLeaked')) await super.releaseConnection(connection)
  }
  ${beforeCommit}`,
  },
  {
    name: 'give the client back twice',
    file: driver,
    find: beforeCommit,
    replace: `override async releaseConnection(connection: PooledConnection) {
    await super.releaseConnection(connection)
    await super.releaseConnection(connection)
  }
  ${beforeCommit}`,
  },
  {
    name: 'leak the slot when a hook fails',
    file: driver,
    find: 'await this.releaseConnection(connection as PooledConnection)\n      throw error',
    replace: 'throw error',
  },
  {
    name: 'go on although a hook has failed',
    file: driver,
    find: 'await this.releaseConnection(connection as PooledConnection)\n      throw error',
    replace: 'void error',
  },
  {
    name: 'do not roll back',
    file: driver,
    find: rollback,
    replace: '',
  },
  {
    name: 'do not wait for the rollback',
    file: driver,
    find: rollback,
    replace: 'void super.rollbackTransaction(connection)\n',
  },
  {
    name: 'throw the error of the rollback in place of the first',
    file: driver,
    find: rollbackFailed,
    replace: '} catch (error) {\n      throw error',
  },
  {
    name: 'commit what failed',
    file: driver,
    find: rollback,
    replace: 'await super.commitTransaction(connection)\n',
  },
  {
    name: 'report an unknown outcome as a plain error',
    file: driver,
    find: commitFailed,
    replace: 'throw error',
  },
  {
    name: 'take a COMMIT without an answer for done',
    file: driver,
    find: commitFailed,
    replace: 'if (!handle?.isRunning) throw error',
  },
  {
    name: 'report every COMMIT that failed as unknown',
    file: driver,
    find: commitFailed,
    replace: "throw toCommitError(new Error('it failed', { cause: error }))",
  },
  {
    name: 'send COMMIT twice',
    file: driver,
    find: commit,
    replace: commit + commit,
  },
  {
    name: 'leave running what is to be cancelled',
    file: 'equip-connection.ts',
    find: 'connection.cancelQuery = () => handle.cancelRunning()',
    replace: 'connection.cancelQuery = async () => {}',
  },
  {
    name: 'leave the session alive that is to be killed',
    file: 'equip-connection.ts',
    find: 'connection.killSession = kill',
    replace: 'connection.killSession = async () => {}',
  },
  {
    name: 'leave aborting to Kysely, whose ROLLBACK overtakes its own cancel',
    file: 'equip-connection.ts',
    find: 'if (connection.cancelQuery === undefined) return',
    replace: 'if (handle !== undefined) return',
  },
].map(inKysely)

/** Bugs that show with Kysely 0.30.0-beta.2 alone. */
export const newerKyselyMutants: readonly Mutant[] = [
  {
    name: 'leave it to Kysely what becomes of the slot when BEGIN fails',
    file: driver,
    find: 'if (await forgetsFailedBegins()) this.#giveBackFailedBegins()',
    replace: '',
  },
  {
    name: 'give the client back twice when BEGIN fails',
    file: driver,
    find: 'gone.add(connection)\n',
    replace: '',
  },
].map(inKysely)

/** Bugs that Kysely 0.28 does not make up for, though 0.29 does. */
export const olderKyselyMutants: readonly Mutant[] = [
  {
    name: 'take a COMMIT that was answered by ROLLBACK for done',
    file: driver,
    find: "handle?.lastCommand === 'ROLLBACK'",
    replace: "handle?.lastCommand === 'rolled back'",
  },
  {
    name: 'lend a connection again whose rollback failed',
    file: driver,
    find: rollbackFailed,
    replace: '} catch {',
  },
].map(inKysely)

function inKysely(mutant: Mutant): Mutant {
  return { ...mutant, package: 'kysely' }
}
