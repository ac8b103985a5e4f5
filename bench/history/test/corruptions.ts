import type { Rule } from '../check/violation.ts'
import type { DatabaseState, EntryOf, HistoryEntry } from '../history.ts'
import { entriesOf, type Observed } from './good-history.ts'

/** One thing that is made wrong in a good history; `pick` (0..1) says where. */
export interface Corruption {
  readonly name: string
  readonly rule: Rule
  corrupt(good: Observed, pick: number): Observed
}

function oneOf<Item>(items: readonly Item[], pick: number): Item {
  const item = items[Math.floor(pick * items.length)]
  if (item === undefined) throw new Error('nothing to corrupt')
  return item
}

function withDatabase(good: Observed, change: Partial<DatabaseState>): Observed {
  return { ...good, database: { ...good.database, ...change } }
}

function without(good: Observed, entry: HistoryEntry): Observed {
  return { ...good, history: good.history.filter((each) => each !== entry) }
}

function replaced(good: Observed, old: HistoryEntry, entry: HistoryEntry): Observed {
  return { ...good, history: good.history.map((each) => (each === old ? entry : each)) }
}

/** Puts entries behind one that is there. */
function behind(good: Observed, old: HistoryEntry, ...added: readonly HistoryEntry[]): Observed {
  const history = good.history.flatMap((each) => (each === old ? [each, ...added] : [each]))
  return { ...good, history }
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
const written: readonly Corruption[] = [
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

/** What callers, the pool and the wire tell of leases and statements. */
const leased: readonly Corruption[] = [
  {
    name: 'a client is lent to a second caller',
    rule: 'lease-overlap',
    corrupt: (good, pick) => {
      const lent = oneOf(entriesOf(good, 'lent'), pick)
      return behind(good, lent, { ...lent, ask: 9_999, link: undefined })
    },
  },
  {
    name: 'the pool leases a connection twice',
    rule: 'lease-overlap',
    corrupt: (good, pick) => {
      const told = oneOf(
        entriesOf(good, 'told').filter(({ what }) => what === 'leased'),
        pick,
      )
      return behind(good, told, told)
    },
  },
  {
    name: 'a stranger’s statement goes over a link that is held',
    rule: 'lease-overlap',
    corrupt: (good, pick) => {
      const lent = oneOf(entriesOf(good, 'lent'), pick)
      const { at, link = 0 } = lent
      const wired = { kind: 'wired', at, link, command: 'other', tag: '#98-0-1#' } as const
      return behind(good, lent, wired)
    },
  },
  {
    name: 'a client is lent in a transaction',
    rule: 'dirty-lease',
    corrupt: (good, pick) => {
      const lent = oneOf(entriesOf(good, 'lent'), pick)
      return replaced(good, lent, { ...lent, status: pick < 0.5 ? 'T' : 'E' })
    },
  },
  {
    name: 'a client is lent while a statement runs on it',
    rule: 'dirty-lease',
    corrupt: (good, pick) => {
      const onlyStatements = entriesOf(good, 'wired').filter(({ link }) => link === 3)
      const { at, link } = oneOf(onlyStatements, pick)
      const lease = { client: link, connectionId: link, link, status: 'I' }
      const wired = onlyStatements.find((each) => each.at === at)
      const lent = { kind: 'lent', at, ask: 9_998, ...lease } as const
      const returned = { kind: 'returned', at, ask: 9_998 } as const
      return wired === undefined ? good : behind(good, wired, lent, returned)
    },
  },
  {
    name: 'a statement goes over the wire twice',
    rule: 'sent-twice',
    corrupt: (good, pick) => {
      const tagged = entriesOf(good, 'wired').filter(({ tag }) => tag !== undefined)
      const wired = oneOf(tagged, pick)
      return behind(good, wired, pick < 0.5 ? wired : { ...wired, link: 77 })
    },
  },
  {
    name: 'a COMMIT goes over the wire twice',
    rule: 'sent-twice',
    corrupt: (good, pick) => {
      const commits = entriesOf(good, 'wired').filter(({ command }) => command === 'commit')
      const wired = oneOf(commits, pick)
      return behind(good, wired, wired)
    },
  },
  {
    name: 'a statement is executed again without its text',
    rule: 'sent-twice',
    corrupt: (good, pick) => {
      const counted = oneOf(entriesOf(good, 'counted'), pick)
      return replaced(good, counted, { ...counted, executes: counted.parses + 1 })
    },
  },
  {
    name: 'a caller gets the answer to another’s statement',
    rule: 'wrong-answer',
    corrupt: (good, pick) => {
      const answered = oneOf(
        entriesOf(good, 'answered').filter(({ echo }) => echo !== undefined),
        pick,
      )
      return replaced(good, answered, { ...answered, echo: '#97-0-1#' })
    },
  },
]

/** What callers wait for, and how large the pool is. */
const waited: readonly Corruption[] = [
  {
    name: 'a caller is told too late',
    rule: 'late-waiter',
    corrupt: (good, pick) => {
      const refused = oneOf(entriesOf(good, 'refused'), pick)
      return replaced(good, refused, { ...refused, at: refused.at + 100 })
    },
  },
  {
    name: 'a caller is told long after it gave up',
    rule: 'late-waiter',
    corrupt: (good, pick) => {
      const asked = oneOf(entriesOf(good, 'asked'), pick)
      const { ask, op = '' } = asked
      const refused = entriesOf(good, 'refused').find((each) => each.ask === ask)
      const aborted = { kind: 'aborted', at: asked.at, op } as const
      const late = behind(good, asked, aborted)
      if (refused !== undefined) return late
      const { history } = late
      const told = history.findIndex(
        (each) => each.at > asked.at && (each.kind === 'lent' || each.kind === 'wired'),
      )
      const moved = history.map((each, n) => (n < told ? each : { ...each, at: each.at + 100 }))
      return { ...late, history: moved }
    },
  },
  {
    name: 'a caller that waits is forgotten',
    rule: 'late-waiter',
    corrupt: (good, pick) => without(good, oneOf(entriesOf(good, 'refused'), pick)),
  },
  {
    name: 'a caller never comes to its end',
    rule: 'stuck-caller',
    corrupt: (good, pick) => {
      const settled = oneOf(
        entriesOf(good, 'settled').filter(({ fate }) => fate !== 'undone'),
        pick,
      )
      return without(good, settled)
    },
  },
  {
    name: 'the pool grows beyond its limit',
    rule: 'above-max',
    corrupt: (good, pick) => {
      const sized = oneOf(entriesOf(good, 'sized'), pick)
      return replaced(good, sized, { ...sized, total: sized.limit + 1 })
    },
  },
  {
    name: 'callers hold more clients than the pool says that it has',
    rule: 'above-max',
    corrupt: (good, pick) => {
      const lent = oneOf(entriesOf(good, 'lent'), pick)
      const others = [91, 92, 93].map((n): HistoryEntry => {
        return { ...lent, ask: n, client: n, connectionId: undefined, link: undefined }
      })
      return behind(good, lent, ...others)
    },
  },
  {
    name: 'a slot is still taken at the end',
    rule: 'leaked-slot',
    corrupt: (good) => {
      const [rested] = entriesOf(good, 'rested')
      return rested === undefined ? good : replaced(good, rested, { ...rested, leased: 1 })
    },
  },
  {
    name: 'the pool does not end',
    rule: 'leaked-slot',
    corrupt: (good) => {
      const [rested] = entriesOf(good, 'rested')
      return rested === undefined ? good : replaced(good, rested, { ...rested, hasEnded: false })
    },
  },
]

/** Every kind of wrong, with the rule that it breaks. */
export const corruptions: readonly Corruption[] = [...written, ...leased, ...waited]
