import type { FaultLink } from '../proxy/fault-link.ts'

/** A statement that reached the proxy. */
export interface SentStatement {
  readonly link: FaultLink
  readonly text: string
}

const isWrite = /^\s*(insert|update|delete)\b/i
/** The statements that begin and end a transaction, as every adapter writes them. */
export const transactionStatements: Readonly<Record<'begin' | 'commit' | 'rollback', RegExp>> = {
  begin: /^\s*(begin|start transaction)\b/i,
  commit: /^\s*commit\b/i,
  rollback: /^\s*rollback(?!\s+to)\b/i,
}

/** What was sent more often than it was asked for; the suite gives every write a text of its own. */
export function sentTwice(statements: readonly SentStatement[]): readonly string[] {
  return [...repeatedWrites(statements), ...repeatedEnds(statements)]
}

function repeatedWrites(statements: readonly SentStatement[]): readonly string[] {
  const seen = new Set<string>()
  const twice: string[] = []
  for (const { text } of statements) {
    if (!isWrite.test(text)) continue
    if (seen.has(text)) twice.push(text)
    seen.add(text)
  }
  return twice
}

/** COMMITs of a connection with no BEGIN since the one before. */
function repeatedEnds(statements: readonly SentStatement[]): readonly string[] {
  const open = new Set<FaultLink>()
  const twice: string[] = []
  for (const { link, text } of statements) {
    if (transactionStatements.begin.test(text)) open.add(link)
    if (transactionStatements.commit.test(text) && !open.delete(link)) twice.push(text)
  }
  return twice
}
