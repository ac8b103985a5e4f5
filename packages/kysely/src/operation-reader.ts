import type { OperationReader } from '@hale/core'
import type { CompiledQuery } from 'kysely'

/** Statements of Kysely's own, which it sends as raw ones. */
const commands: ReadonlySet<string | undefined> = new Set(['begin', 'commit', 'rollback'])

/** By the kind of Kysely's node, of which there are some thirty. */
const words = new Map<string, string>()

/** Reads Kysely's compiled queries: `select`, `create table`, `commit`, and `raw` for SQL of the application's. */
export const kyselyOperations: OperationReader = {
  kindOf(source) {
    const { query, sql = 'raw' } = source as Partial<CompiledQuery>
    const kind = query?.kind ?? 'RawNode'
    if (kind === 'RawNode') return commands.has(sql) ? sql : 'raw'
    return words.get(kind) ?? toWords(kind)
  },
  queryIdOf: (source) => (source as Partial<CompiledQuery>).queryId?.queryId ?? 'unknown',
}

/** `CreateTableNode` is `create table`, `SelectQueryNode` is `select`. */
function toWords(kind: string): string {
  const name = kind.replace(/(Query)?Node$/, '')
  const word = name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  words.set(kind, word)
  return word
}
