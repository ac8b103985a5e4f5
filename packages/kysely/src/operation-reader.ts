import type { OperationReader } from '@hale/core'
import type { CompiledQuery } from 'kysely'

/** Statements that Kysely itself sends as raw ones. */
const commands: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback'])
const LONGEST_COMMAND = 8

/** In words, by the kind of Kysely's node; Kysely has some thirty that are queries. */
const words = new Map<string, string>()

/** Reads Kysely's compiled queries: `select`, `create table`, `commit` … and `raw` for the application's own. */
export const kyselyOperations: OperationReader = {
  kindOf(source) {
    const { query, sql } = source as Partial<CompiledQuery>
    const kind = query?.kind ?? 'RawNode'
    if (kind === 'RawNode' && sql !== undefined && sql.length <= LONGEST_COMMAND) {
      return commands.has(sql) ? sql : 'raw'
    }
    return words.get(kind) ?? toWords(kind)
  },
  queryIdOf(source) {
    return (source as Partial<CompiledQuery>).queryId?.queryId ?? 'unknown'
  },
}

/** `CreateTableNode` is `create table`, `SelectQueryNode` is `select`. */
function toWords(kind: string): string {
  const name = kind.replace(/(Query)?Node$/, '')
  const word = name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  words.set(kind, word)
  return word
}
