interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      readonly node_types: readonly [readonly string[], ...unknown[]]
    }
  }
  readonly nodes: readonly number[]
}

/**
 * Bytes of all that is alive in a heap snapshot, save for what belongs to the code: the compiler adds
 * to that, and drops it, as functions get hotter and colder.
 */
export function retainedBytes(json: string): number {
  const { snapshot, nodes } = JSON.parse(json) as HeapSnapshot
  const { node_fields: fields, node_types: types } = snapshot.meta
  const code = types[0].indexOf('code')
  const typeAt = fields.indexOf('type')
  const sizeAt = fields.indexOf('self_size')
  let bytes = 0
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (nodes[node + typeAt] !== code) bytes += nodes[node + sizeAt] ?? 0
  }
  return bytes
}
