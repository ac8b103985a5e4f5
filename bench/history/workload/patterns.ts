import { accountCount, echoText, type Move, transferTexts } from '../ledger.ts'
import { fateOfStatement, fateOfTransaction } from './fate.ts'
import type { Layer, Session } from './layers.ts'
import type { Ending, Operation } from './operation.ts'

/** Something that an application does, over any layer. Never rejects. */
export type Pattern = (layer: Layer, operation: Operation) => Promise<Ending>

/** What all layers can do. */
export const patterns: Readonly<Record<string, Pattern>> = {
  write,
  ask,
  transfer,
  writePair,
  rollBack,
  swallow,
}

async function write(layer: Layer, operation: Operation): Promise<Ending> {
  const tag = operation.nextTag()
  try {
    await operation.send(tag, true, () => layer.insert(tag))
    return { fate: 'acknowledged' }
  } catch (error) {
    return { fate: fateOfStatement(error), error }
  }
}

async function ask(layer: Layer, operation: Operation): Promise<Ending> {
  try {
    await askOf(layer, operation)
    return { fate: 'acknowledged' }
  } catch (error) {
    return { fate: fateOfStatement(error), error }
  }
}

async function askOf(session: Session, operation: Operation): Promise<void> {
  const tag = operation.nextTag()
  await operation.send(tag, false, () => session.run(echoText(tag)))
}

/** Draws the accounts in any order, so that transfers deadlock now and then. */
function drawMove(operation: Operation): Move {
  const source = operation.between(1, accountCount)
  const target = 1 + ((source - 1 + operation.between(1, accountCount - 1)) % accountCount)
  return { source, target, amount: operation.between(1, 50) }
}

/** Sends the statements of a transfer. */
export async function sendTransfer(session: Session, operation: Operation): Promise<void> {
  const tags = [operation.nextTag(), operation.nextTag(), operation.nextTag()] as const
  const texts = transferTexts([...tags], drawMove(operation))
  for (const [n, tag] of tags.entries()) {
    const isLast = n === tags.length - 1
    await operation.send(tag, isLast, () => session.run(texts[n] ?? ''))
  }
}

function transfer(layer: Layer, operation: Operation): Promise<Ending> {
  return endingOf(layer.transaction((session) => sendTransfer(session, operation)))
}

function writePair(layer: Layer, operation: Operation): Promise<Ending> {
  return endingOf(
    layer.transaction(async (session) => {
      for (const tag of [operation.nextTag(), operation.nextTag()]) {
        await operation.send(tag, true, () => session.insert(tag))
        await askOf(session, operation)
      }
    }),
  )
}

async function rollBack(layer: Layer, operation: Operation): Promise<Ending> {
  return endingOf(
    layer.transaction(async (session) => {
      const tag = operation.nextTag()
      await operation.send(tag, true, () => session.insert(tag))
      throw new Error('the application changed its mind')
    }),
  )
}

/** A statement fails, and the application goes on as if nothing had happened. */
function swallow(layer: Layer, operation: Operation): Promise<Ending> {
  return endingOf(
    layer.transaction(async (session) => {
      const written = operation.nextTag()
      await operation.send(written, true, () => session.insert(written))
      const failed = operation.nextTag()
      const text = `select 1 / 0 /* ${failed} */`
      await operation.send(failed, false, () => session.run(text)).catch(() => {})
    }),
  )
}

async function endingOf(transaction: Promise<void>): Promise<Ending> {
  try {
    await transaction
    return { fate: 'acknowledged' }
  } catch (error) {
    return { fate: fateOfTransaction(error), error }
  }
}
