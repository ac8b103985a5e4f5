import { ControlledTransactionBuilder } from 'kysely'

let answer: Promise<boolean> | undefined

/**
 * Whether this Kysely keeps the connection of a controlled transaction for good when its BEGIN fails, as
 * 0.30.0-beta.2 does. Tried out once, on a connection that is none.
 */
export function forgetsFailedBegins(): Promise<boolean> {
  answer ??= tryOut()
  return answer
}

async function tryOut(): Promise<boolean> {
  let isGivenBack = false
  const builder = new ControlledTransactionBuilder({
    driver: { beginTransaction: () => Promise.reject(new Error('refused')) },
    executor: {
      async provideConnection(use: (connection: object) => Promise<void>) {
        await use({})
        isGivenBack = true
      },
    },
  } as never)
  await builder.execute().catch(() => {})
  await new Promise(setImmediate)
  return !isGivenBack
}
