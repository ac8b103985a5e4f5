// What happens to both Hono examples, whose APIs are the same.
import assert from 'node:assert/strict'
import { type Stage, type Start, setStage } from './stage.ts'

const gift = { sender: 'ann', recipient: 'bea', amount: 30 }

/** Tells on the console what becomes of requests; throws if it is not what was promised. */
export async function tellStory(
  { cancelsReads }: { readonly cancelsReads: boolean },
  start: Start,
): Promise<void> {
  await using stage = await setStage(start)
  await liveUsualDay(stage)
  await killBackends(stage)
  await loseCommit(stage)
  if (cancelsReads) await loseClient(stage)
  await loseDatabase(stage)
  await terminate(stage)
}

async function liveUsualDay({ ask }: Stage): Promise<void> {
  console.log('\nA usual day')
  await ask(201, 'POST /accounts', { owner: 'ann', balance: 100 })
  await ask(201, 'POST /accounts', { owner: 'bea', balance: 100 })
  await ask(409, 'POST /accounts', { owner: 'bea', balance: 100 })
  await ask(201, 'POST /transfers', gift, 'gift-1')
  await ask(422, 'POST /transfers', { ...gift, amount: 1_000 }, 'gift-2')
  await ask(422, 'POST /transfers', { ...gift, recipient: 'nobody' }, 'gift-3')
  await ask(400, 'POST /transfers', { ...gift, amount: 'all' }, 'gift-4')
}

async function killBackends(stage: Stage): Promise<void> {
  console.log('\nEvery backend is killed while five clients ask')
  const answers: Record<number, number> = {}
  let asked = 0
  const askOften = async () => {
    for (let count = 0; count < 40; count++) {
      if (++asked === 50) await stage.killBackends()
      const { status } = await fetch(`${stage.url}/accounts`)
      answers[status] = (answers[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 5 }, askOften))
  console.log('GET /accounts → by status:', answers)
  // each of the 10 connections may cost the request that it served, and no more
  assert.ok((answers[200] ?? 0) >= 190 && (answers[200] ?? 0) + (answers[503] ?? 0) === 200)
}

async function loseCommit({ ask, loseAnswerToCommit }: Stage): Promise<void> {
  console.log('\nThe answer to a COMMIT is lost: repeating with the same key is safe')
  loseAnswerToCommit()
  await ask(500, 'POST /transfers', gift, 'gift-5')
  await ask(200, 'POST /transfers', gift, 'gift-5')
  await ask(200, 'GET /accounts')
}

async function loseClient({ ask, untilWaiting, url, whileLocked }: Stage): Promise<void> {
  console.log('\nA client goes away: its query is cancelled on the server')
  await whileLocked(async () => {
    const request = new AbortController()
    const asked = fetch(`${url}/accounts`, { signal: request.signal })
    await untilWaiting(true)
    request.abort()
    await assert.rejects(asked, { name: 'AbortError' })
    await untilWaiting(false)
  })
  await ask(200, 'GET /readyz')
}

async function loseDatabase({ ask, network }: Stage): Promise<void> {
  console.log('\nThe database is out of reach')
  await network.refuse()
  for (const link of network.links) link.reset()
  await ask(503, 'GET /accounts')
  await ask(503, 'GET /readyz')
  await ask(200, 'GET /healthz')
  console.log('  and is back')
  await network.refuse(false)
  await ask(200, 'GET /accounts')
  await ask(200, 'GET /readyz')
}

async function terminate({ ask, stopped, untilWaiting, whileLocked }: Stage): Promise<void> {
  console.log('\nSIGTERM, with a request under way')
  await whileLocked(async (unlock) => {
    const answered = ask(200, 'GET /accounts')
    await untilWaiting(true)
    process.kill(process.pid, 'SIGTERM')
    await unlock()
    await answered
  })
  await stopped
  console.log('  answered, then stopped')
}
