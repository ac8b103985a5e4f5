import { unmeasuredMs } from '../check/stalls.ts'
import { behind, type Corruption, oneOf, replaced } from './corruption.ts'
import { entriesOf } from './good-history.ts'

/** What callers, the pool and the wire tell of leases and statements. */
export const leaseCorruptions: readonly Corruption[] = [
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
      const lent = { kind: 'lent', at: at - 2 * unmeasuredMs, ask: 9_998, ...lease } as const
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
