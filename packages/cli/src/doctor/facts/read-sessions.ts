import { normaliseStatement, printable } from '@hale/core'
import type { BlockedSession, SessionView } from './session-facts.ts'

/** As the questions name it. */
export interface SessionRow {
  readonly process_id: number
  readonly application: string
  readonly state: string
  readonly state_ms: number | null
  readonly transaction_ms: number | null
  readonly xmin_age: number | null
  readonly statement: string | null
}

export interface BlockedRow extends SessionRow {
  readonly waiting_ms: number | null
  readonly holders: readonly SessionRow[]
}

/** What is shown instead of another's statement without the privilege to see it. */
const hidden = '<insufficient privilege>'

/** `standardStrings`: how the server takes a backslash, which decides where a literal ends. */
export function toSessionView(row: SessionRow, standardStrings: boolean): SessionView {
  const { statement } = row
  const isKnown = statement !== null && statement !== '' && statement !== hidden
  return {
    processId: Number(row.process_id),
    application: printable(row.application) || '(no name)',
    state: printable(row.state),
    stateMs: row.state_ms ?? undefined,
    transactionMs: row.transaction_ms ?? undefined,
    xminAge: row.xmin_age ?? undefined,
    statement: isKnown
      ? normaliseStatement(statement, standardStrings ? 'standard' : 'either')
      : undefined,
  }
}

export function toBlockedSession(row: BlockedRow, standardStrings: boolean): BlockedSession {
  return {
    ...toSessionView(row, standardStrings),
    waitingMs: row.waiting_ms ?? 0,
    holders: row.holders.map((holder) => toSessionView(holder, standardStrings)),
  }
}
