import type { DatabaseState, EntryOf } from '../history.ts'
import { type Corruption, oneOf } from './corruption.ts'
import { entriesOf, type Observed } from './good-history.ts'

function withDatabase(good: Observed, change: Partial<DatabaseState>): Observed {
  return { ...good, database: { ...good.database, ...change } }
}

/** A tag that a caller wrote and was told so of. */
function tagsOf(good: Observed, fate: EntryOf<'settled'>['fate'], least = 1): readonly string[] {
  const ops = new Set(
    entriesOf(good, 'settled')
      .filter((each) => each.fate === fate)
      .map(({ op }) => op),
  )
  const sent = entriesOf(good, 'sent').filter(({ op }) => ops.has(op))
  const isEnough = ({ op }: { op: string }): boolean =>
    sent.filter((each) => each.op === op).length >= least
  return sent.filter(isEnough).map(({ tag }) => tag)
}

function dropRow(good: Observed, tag: string): Observed {
  return withDatabase(good, { rows: good.database.rows.filter((each) => each !== tag) })
}

function addRow(good: Observed, tag: string): Observed {
  return withDatabase(good, { rows: [...good.database.rows, tag] })
}

/** What is found in the database. */
export const databaseCorruptions: readonly Corruption[] = [
  {
    name: 'an acknowledged row is gone',
    rule: 'lost-write',
    corrupt: (good, pick) => dropRow(good, oneOf(tagsOf(good, 'acknowledged'), pick)),
  },
  {
    name: 'a row is there twice',
    rule: 'doubled-write',
    corrupt: (good, pick) => addRow(good, oneOf(good.database.rows, pick)),
  },
  {
    name: 'a row is there whose caller was told that it is not',
    rule: 'undone-write',
    corrupt: (good, pick) => addRow(good, oneOf(tagsOf(good, 'undone'), pick)),
  },
  {
    name: 'half of a transaction of unknown outcome is there',
    rule: 'torn-transaction',
    corrupt: (good, pick) => {
      const present = new Set(good.database.rows)
      const tags = tagsOf(good, 'unknown', 2).filter((tag) => present.has(tag))
      return dropRow(good, oneOf(tags, pick))
    },
  },
  {
    name: 'a row is there that nobody wrote',
    rule: 'stray-write',
    corrupt: (good) => addRow(good, '#99-0-1#'),
  },
  {
    name: 'a balance is off',
    rule: 'balance',
    corrupt: (good, pick) => {
      const { accounts } = good.database
      const chosen = oneOf(accounts, pick)
      const off = { ...chosen, balance: chosen.balance + 1 }
      return withDatabase(good, {
        accounts: accounts.map((each) => (each === chosen ? off : each)),
      })
    },
  },
  {
    name: 'an account is gone',
    rule: 'balance',
    corrupt: (good, pick) => {
      const gone = oneOf(good.database.accounts, pick)
      return withDatabase(good, {
        accounts: good.database.accounts.filter((each) => each !== gone),
      })
    },
  },
]
