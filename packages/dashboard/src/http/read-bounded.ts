/** A body as text; `undefined` for one of more than `maxBytes`, of which no more is read. */
export async function readBounded(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const read: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined
    read.push(chunk)
  }
  return Buffer.concat(read).toString('utf8')
}
