import type { HistoryEntry } from '../history.ts'
import { behind, type Corruption, oneOf, replaced, without } from './corruption.ts'
import { entriesOf } from './good-history.ts'

/** What callers wait for, and how large the pool is. */
export const waiterCorruptions: readonly Corruption[] = [
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
    name: 'a client cannot be given back',
    rule: 'unexpected-error',
    corrupt: (good, pick) => {
      // of what is not known to have taken effect: the checker is to look at nothing else
      const settled = oneOf(
        entriesOf(good, 'settled').filter(({ fate }) => fate === 'unknown'),
        pick,
      )
      return replaced(good, settled, { ...settled, thrown: 'Error: already released' })
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
