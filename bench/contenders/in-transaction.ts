import type { Send } from './contender.ts'

/** A transaction as node-postgres's manual writes it. */
export async function inTransaction<Result>(
  send: Send,
  use: (send: Send) => Promise<Result>,
): Promise<Result> {
  await send('begin')
  try {
    const result = await use(send)
    await send('commit')
    return result
  } catch (error) {
    await send('rollback')
    throw error
  }
}
