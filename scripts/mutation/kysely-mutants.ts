import type { Mutant } from './mutants.ts'

const driver = 'health-aware-driver.ts'
const lend = 'this.#lending = this.pool.connect()'
const beginFailed = 'if (known?.handle !== undefined && (await forgetsFailedBegins())) {'
const commit = 'await super.commitTransaction(connection)\n'
const rollback = 'await super.rollbackTransaction(connection)\n'
const commitFailed = 'throw handle?.isRunning ? toCommitError(error) : error'

/** Bugs that Kysely 0.29 does not make up for. */
export const kyselyMutants: readonly Mutant[] = [
  {
    name: 'send the statements of a transaction through the pool',
    file: 'pool-source.ts',
    find: lend,
    replace: `this.#lending = this.pool.connect().then((client) => {
      const query = (sql: string, values: unknown[]) => this.pool.query(sql, values)
      return Object.assign(Object.create(client), { query }) as pg.PoolClient
    })`,
  },
  {
    name: 'lend one client to everybody',
    file: 'pool-source.ts',
    find: lend,
    replace: `const lent: Promise<pg.PoolClient> = Reflect.get(this, 'lent') ?? this.pool.connect()
    Reflect.set(this, 'lent', lent)
    this.#lending = lent`,
  },
  {
    name: 'leak the slot when BEGIN fails',
    file: driver,
    find: beginFailed,
    replace: `if (known !== undefined) known.isGone = true\n      ${beginFailed}`,
  },
  {
    name: 'give the client back twice',
    file: driver,
    find: 'return super.releaseConnection(connection)\n',
    replace:
      'return super.releaseConnection(connection).then(() => super.releaseConnection(connection))\n',
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
    find: '} catch {\n      this.#known.get(connection)?.handle?.condemn()',
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
    find: beginFailed,
    replace: 'if (known === null) {',
  },
  {
    name: 'give the client back twice when BEGIN fails',
    file: driver,
    find: 'known.isGone = true\n      }\n',
    replace: '}\n',
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
    find: 'this.#known.get(connection)?.handle?.condemn()',
    replace: '// nothing',
  },
].map(inKysely)

function inKysely(mutant: Mutant): Mutant {
  return { ...mutant, package: 'kysely' }
}
