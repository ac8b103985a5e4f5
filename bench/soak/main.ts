// The engine against its model for as long as it is told: the long form of engine.property.test.ts.
import { parseArgs } from 'node:util'
import { tryModel } from '../../packages/pg/test/pool/engine-model.ts'

/** Longer than in the test: what needs many things to have happened before shows here. */
const maxLength = 400

/** Sequences per seed: about a second's worth. */
const numRuns = 200

const progressEveryMs = 10_000

const { minutes, seed } = readOptions()
const startedAt = performance.now()
const elapsedMs = (): number => performance.now() - startedAt
let steps = 0
let reportedAt = 0
let next = seed
print(
  `${minutes} min from seed ${seed}, ${numRuns} sequences of up to ${maxLength} steps per seed\n`,
)
while (elapsedMs() < minutes * 60_000) {
  try {
    steps += tryModel({ numRuns, maxLength, seed: next })
  } catch (error) {
    print(`\nseed ${next}: ${error instanceof Error ? error.message : error}\n`)
    print(`\nagain: npm run bench:soak -- --seed ${next}\n`)
    process.exit(1)
  }
  next += 1
  if (elapsedMs() - reportedAt < progressEveryMs) continue
  reportedAt = elapsedMs()
  report()
}
report()

function report(): void {
  const seconds = elapsedMs() / 1000
  const rate = Math.round(steps / seconds).toLocaleString('en')
  const total = steps.toLocaleString('en')
  print(`${seconds.toFixed(0)} s: ${total} steps, ${rate} per second, ${next - seed} seeds\n`)
}

/** `--minutes`, 1 by default; `--seed`, by default one that no other run had. */
function readOptions(): { minutes: number; seed: number } {
  const options = { minutes: { type: 'string' }, seed: { type: 'string' } } as const
  const { values } = parseArgs({ options })
  const given = {
    minutes: Number(values.minutes ?? 1),
    seed: Number(values.seed ?? Date.now() % 2 ** 31),
  }
  if (!(given.minutes > 0)) throw new Error(`expected --minutes above 0, got ${values.minutes}`)
  if (!Number.isInteger(given.seed)) throw new Error(`expected an integer --seed: ${values.seed}`)
  return given
}

function print(text: string): void {
  process.stdout.write(text)
}
