import { setTimeout as delay } from 'node:timers/promises'
import { type HealthAwarePool, withHealthAwareTransaction } from '@hale/pg'
import type pg from 'pg'
import { echoText, insertText } from '../ledger.ts'
import { fateOfStatement, fateOfTransaction } from './fate.ts'
import type { Ending, Operation, Row } from './operation.ts'
import { sendTransfer } from './patterns.ts'

/** What is done with node-postgres alone, some of it badly. Rejects only when the pool does not take its client back. */
export type PlainPattern = (pool: HealthAwarePool, operation: Operation) => Promise<Ending>

export const plainPatterns: Readonly<Record<string, PlainPattern>> = {
  writeOnClient: (pool, operation) => onClient(pool, operation, writeOn),
  writeWithParameters,
  writeWithCallback,
  commitByHand: (pool, operation) => onClient(pool, operation, transactBy('commit')),
  rollBackByHand: (pool, operation) => onClient(pool, operation, transactBy('rollback')),
  abandonTransaction: (pool, operation) => onClient(pool, operation, transactBy('nothing')),
  releaseBusy,
  abortStatement,
  abortTransaction,
  holdClient,
}

type Use = (client: pg.PoolClient, operation: Operation) => Promise<Ending>

async function onClient(pool: HealthAwarePool, operation: Operation, use: Use): Promise<Ending> {
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return { fate: 'undone', error }
  }
  try {
    return await use(client, operation)
  } finally {
    client.release()
  }
}

async function rowsOf(answer: PromiseLike<pg.QueryResult<Row>>): Promise<readonly Row[]> {
  return (await answer).rows
}

async function writeOn(client: pg.PoolClient, operation: Operation): Promise<Ending> {
  const tag = operation.nextTag()
  return endingOf(operation.send(tag, true, () => rowsOf(client.query(insertText(tag)))))
}

function writeWithParameters(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  const tag = operation.nextTag()
  const text = `insert into entry (tag) values ($1::text) returning tag /* ${tag} */`
  return endingOf(operation.send(tag, true, () => rowsOf(pool.query(text, [tag]))))
}

function writeWithCallback(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  const tag = operation.nextTag()
  const run = (): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      pool.query<Row>(insertText(tag), (error, result) => {
        if (error) reject(error)
        else resolve(result.rows)
      })
    })
  return endingOf(operation.send(tag, true, run))
}

/** A transaction whose every step the caller sends itself; `nothing` releases the client inside of it. */
function transactBy(end: 'commit' | 'rollback' | 'nothing'): Use {
  return async (client, operation) => {
    const sendAs = (command: string): Promise<readonly Row[]> => {
      const tag = operation.nextTag()
      return operation.send(tag, false, () => rowsOf(client.query(`${command} /* ${tag} */`)))
    }
    try {
      await sendAs('begin')
      await writeOn(client, operation).then(throwIfFailed)
      await writeOn(client, operation).then(throwIfFailed)
      if (end === 'rollback') await sendAs('rollback')
    } catch (error) {
      return { fate: 'undone', error }
    }
    return end === 'commit' ? endingOf(sendAs('commit')) : { fate: 'undone' }
  }
}

function throwIfFailed({ fate, error }: Ending): void {
  if (fate !== 'acknowledged') throw error
}

/** Gives the client back while its statement runs. */
async function releaseBusy(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  let running: Promise<Ending> = Promise.resolve({ fate: 'undone' })
  const refusal = await onClient(pool, operation, async (client) => {
    const tag = operation.nextTag()
    const text = `insert into entry select '${tag}' from pg_sleep(0.05) returning tag`
    running = endingOf(operation.send(tag, true, () => rowsOf(client.query(text))))
    if (operation.random() < 0.5) await delay(operation.between(0, 30))
    return { fate: 'undone' }
  })
  return refusal.error === undefined ? running : refusal
}

function abortStatement(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  const tag = operation.nextTag()
  const text = `insert into entry select '${tag}' from pg_sleep(0.03) returning tag`
  return withAbort(operation, (signal) =>
    endingOf(operation.send(tag, true, () => rowsOf(pool.query({ text, signal })))),
  )
}

function abortTransaction(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  return withAbort(operation, async (signal) => {
    const use = async (client: pg.PoolClient): Promise<void> => {
      const run = (text: string): Promise<readonly Row[]> => rowsOf(client.query(text))
      await sendTransfer({ run, insert: (tag) => run(insertText(tag)) }, operation)
      await delay(operation.between(0, 20))
    }
    try {
      await withHealthAwareTransaction(pool, use, { signal })
      return { fate: 'acknowledged' }
    } catch (error) {
      return { fate: fateOfTransaction(error), error }
    }
  })
}

/** Aborts after up to 60 ms, before or behind the end. */
async function withAbort(
  operation: Operation,
  use: (signal: AbortSignal) => Promise<Ending>,
): Promise<Ending> {
  const controller = new AbortController()
  const abort = (): void => {
    operation.noteAbort()
    controller.abort()
  }
  const timer = setTimeout(abort, operation.between(0, 60))
  try {
    return await use(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Asks, thinks, asks again; now and then gives the client back with an error. */
async function holdClient(pool: HealthAwarePool, operation: Operation): Promise<Ending> {
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return { fate: 'undone', error }
  }
  const ask = (): Promise<readonly Row[]> => {
    const tag = operation.nextTag()
    return operation.send(tag, false, () => rowsOf(client.query(echoText(tag))))
  }
  const ending = await endingOf(
    ask()
      .then(() => delay(operation.between(0, 50)))
      .then(ask),
  )
  client.release(operation.random() < 0.1 ? new Error('of the application') : undefined)
  return ending
}

async function endingOf(statement: Promise<unknown>): Promise<Ending> {
  try {
    await statement
    return { fate: 'acknowledged' }
  } catch (error) {
    return { fate: fateOfStatement(error), error }
  }
}
