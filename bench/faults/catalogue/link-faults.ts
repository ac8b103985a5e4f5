import { setTimeout as pause } from 'node:timers/promises'
import type { FaultLink } from '@hale/testkit'
import type { ContenderRun } from '../contender-run.ts'
import { type Fault, type Strike, strikeAt, toEach } from '../fault.ts'
import { now } from '../messages.ts'

/** Does `act` to the link that was used last, which a pool lends next. */
function strikeBusiest(run: ContenderRun, act: (link: FaultLink) => void): Strike {
  const link = run.workLinks()[0]
  if (link === undefined) throw new Error(`${run.name} has no link`)
  const strike = strikeAt(run, [link])
  act(link)
  return strike
}

/**
 * Does `act` to the link on which the next statement comes, before it is passed on: exactly one caller is
 * told, and nobody can send anything on that link without knowing.
 */
async function strikeMidQuery(run: ContenderRun, act: (link: FaultLink) => void): Promise<Strike> {
  let at = 0 // before it is done: its caller may have been told by the time that we go on
  const link = await run.nextStatement(
    (text) => text.includes('things'),
    (each) => {
      at = now()
      act(each)
    },
  )
  return { at, links: [link], unavoidable: () => 1 }
}

/** Nobody works; the links have been silent for longer than a pool trusts them unseen. */
async function strikeAtRest(run: ContenderRun, act: (link: FaultLink) => void): Promise<Strike> {
  await run.rest()
  await pause(1_500)
  const strike = strikeBusiest(run, act)
  run.go()
  return strike
}

const slowLinkBecause =
  'a few dozen statements are compared with the same ones on other connections, then the link is asked beside a sound one'

const told = {
  detectMs: undefined,
  healMs: 1_000,
  stallMs: 1_000,
  because: 'the socket says so itself',
}

export const linkFaults: readonly Fault[] = [
  {
    id: 'idle-black-hole',
    title: 'an idle link is black-holed',
    what: 'while nobody works, the link that is lent next passes nothing any more, not even its end',
    answer: 'a link that was silent is asked before it is lent; the caller gets another one',
    promised: {
      detectMs: 2_000,
      healMs: 2_000,
      stallMs: 1_500,
      because:
        'a quarter of `probeTimeoutMs` until another connection is taken, the whole of it until the silent one is given up',
    },
    watchMs: 9_000,
    isNoticedByClosing: true,
    strike: toEach((run) => strikeAtRest(run, (link) => link.freeze())),
  },
  {
    id: 'query-black-hole',
    title: 'a link is black-holed mid-query',
    what: 'a statement is on its way when its link passes nothing any more',
    answer: 'the server is asked about its backend; the caller is told that the connection is lost',
    promised: {
      detectMs: 2_500,
      healMs: 3_000,
      stallMs: 2_500,
      because:
        'a statement is asked about after half a second at the earliest, and the answer is waited for',
    },
    watchMs: 9_000,
    isNoticedByClosing: true,
    strike: toEach((run) => strikeMidQuery(run, (link) => link.freeze())),
  },
  {
    id: 'delay-50',
    title: 'a link gains 50 ms',
    what: 'each round trip on one link takes 50 ms more',
    answer: 'found by comparing like with like, confirmed beside a sound connection, swapped',
    promised: { detectMs: 30_000, healMs: 30_000, stallMs: 2_000, because: slowLinkBecause },
    watchMs: 32_000,
    isNoticedByClosing: true,
    strike: toEach(async (run) => strikeBusiest(run, (link) => link.delay(50))),
  },
  {
    id: 'delay-500',
    title: 'a link gains 500 ms',
    what: 'each round trip on one link takes 500 ms more',
    answer: 'found by comparing like with like, confirmed beside a sound connection, swapped',
    promised: { detectMs: 30_000, healMs: 30_000, stallMs: 5_000, because: slowLinkBecause },
    watchMs: 32_000,
    isNoticedByClosing: true,
    strike: toEach(async (run) => strikeBusiest(run, (link) => link.delay(500))),
  },
  {
    id: 'stalls',
    title: 'a link stalls now and then',
    what: 'one in a hundred round trips on one link takes 500 ms more',
    answer:
      'rare stalls of one connection add up, those of all cancel each other; confirmed ones are swapped',
    promised: {
      detectMs: 180_000,
      healMs: 180_000,
      stallMs: 3_000,
      because:
        'one stall proves nothing: several have to fall on the same connection and on no other',
    },
    watchMs: 180_000,
    isNoticedByClosing: true,
    strike: toEach(async (run) => strikeBusiest(run, (link) => link.stall(0.01, 500))),
  },
  {
    id: 'reset',
    title: 'a link is reset',
    what: 'a statement is on its way when both ends of its link get a reset',
    answer: 'closed at once; what was on it is told, nothing else is',
    promised: told,
    watchMs: 5_000,
    strike: toEach((run) => strikeMidQuery(run, (link) => link.reset())),
  },
  {
    id: 'throttled',
    title: 'a link is throttled',
    what: 'one link passes 500 bytes a second each way',
    answer: 'slower than the others for the same statements: confirmed, swapped',
    promised: { detectMs: 30_000, healMs: 30_000, stallMs: 3_000, because: slowLinkBecause },
    watchMs: 32_000,
    isNoticedByClosing: true,
    strike: toEach(async (run) => strikeBusiest(run, (link) => link.throttle(500))),
  },
  {
    id: 'half-closed',
    title: 'a link is half-closed',
    what: 'a statement is on its way when its client gets the end of the link, whose other direction stays open',
    answer: 'closed at once; what was on it is told, nothing else is',
    promised: told,
    watchMs: 5_000,
    strike: toEach((run) => strikeMidQuery(run, (link) => link.halfClose())),
  },
]
