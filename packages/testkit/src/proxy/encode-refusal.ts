/** An ErrorResponse of severity ERROR and the ReadyForQuery behind it. */
export function encodeRefusal(sqlState: string, message: string, status: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${sqlState}\0M${message}\0\0`)
  return Buffer.concat([frame('E', fields), frame('Z', Buffer.from(status))])
}

function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
