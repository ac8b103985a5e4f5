import type { Socket } from 'node:net'

/**
 * Resets the connection. A socket that is just sending its FIN is reset right behind it: Node 24 loses the handle
 * of one that is reset meanwhile (EINVAL), so that it never closes and the process cannot exit.
 */
export function resetSocket(socket: Socket): void {
  const isSendingFin = socket.writableEnded && !socket.writableFinished && !socket.destroyed
  if (isSendingFin && socket.writableLength === 0) {
    socket.once('finish', () => socket.resetAndDestroy())
  } else socket.resetAndDestroy()
}
