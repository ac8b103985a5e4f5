import type { EventEmitter } from 'node:events'
import type { WireFacts } from '../pool/connection.ts'

type CloseCallback = (error?: Error) => void

/** pg-cursor's Cursor, as far as it is mended here. */
interface Closable {
  read: unknown
  close(callback?: CloseCallback): Promise<void> | undefined
}

/**
 * Lets whoever closes a cursor go on when its connection ends: pg-cursor (2.22) waits for an answer to
 * `close`, and where the backend has died none will come. Kysely's streams and pg-query-stream wait for it
 * before they tell their readers what happened.
 */
export function mendClose(submittable: object, protocol: EventEmitter, wire: WireFacts): void {
  const cursor = cursorOf(submittable)
  if (cursor === undefined || Object.hasOwn(cursor, 'close')) return
  const close = cursor.close.bind(cursor)
  const closeOrEnd = (callback: CloseCallback): void => {
    if (wire.hasEnded) {
      setImmediate(callback)
      return
    }
    const finish: CloseCallback = (error) => {
      protocol.off('end', onEnd)
      callback(error)
    }
    const onEnd = (): void => callback()
    protocol.once('end', onEnd)
    close(finish)
  }
  cursor.close = (callback) => {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        closeOrEnd((error) => (error ? reject(error) : resolve()))
      })
    }
    closeOrEnd(callback)
    return undefined
  }
}

/** A Cursor itself, or the one inside of a QueryStream. */
function cursorOf(submittable: object): Closable | undefined {
  const { cursor = submittable } = submittable as { readonly cursor?: unknown }
  if (typeof cursor !== 'object' || cursor === null) return undefined
  const { read, close } = cursor as Partial<Closable>
  const isCursor = typeof read === 'function' && typeof close === 'function'
  return isCursor ? (cursor as Closable) : undefined
}
