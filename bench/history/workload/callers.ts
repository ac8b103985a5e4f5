import { setTimeout as delay } from 'node:timers/promises'
import type { HealthAwarePool } from '@hale/pg'
import { createSeededRandom } from '@hale/testkit'
import type { LayerName } from '../history.ts'
import type { HistoryRecorder } from '../record/history-recorder.ts'
import { toOp } from '../tags.ts'
import { codeOf } from './fate.ts'
import { createLayers } from './layers.ts'
import { type Ending, Operation } from './operation.ts'
import { patterns } from './patterns.ts'
import { plainPatterns } from './plain-patterns.ts'

/** What one draw decides: who does what. */
interface Choice {
  readonly layer: LayerName
  readonly pattern: string
  run(operation: Operation): Promise<Ending>
}

/** How long a caller thinks between two operations, ms at most: the machine is not to be the bottleneck. */
const longestThoughtMs = 30

/** Who uses the pool. */
export interface Crowd {
  readonly seed: number
  readonly callers: number
  /** Names of what they do. @default all */
  readonly patterns?: readonly string[] | undefined
}

/** Callers over all layers, each of which does one operation after the other until it is told to stop. */
export class Callers {
  readonly #recorder: HistoryRecorder
  readonly #choices: readonly Choice[]
  readonly #running: readonly Promise<void>[]
  #settled = 0
  #isOver = false

  constructor(
    pool: HealthAwarePool,
    recorder: HistoryRecorder,
    { seed, callers, patterns: only }: Crowd,
  ) {
    this.#recorder = recorder
    this.#choices = choicesOn(pool).filter(({ pattern }) => only?.includes(pattern) ?? true)
    this.#running = Array.from({ length: callers }, (_, caller) =>
      // seeds next to each other give unlike sequences
      this.#run(caller, createSeededRandom(seed * 1_000 + caller)),
    )
  }

  /** Whether every caller has stopped. */
  get haveSettled(): boolean {
    return this.#settled === this.#running.length
  }

  /** Lets each finish what it is doing. */
  stop(): void {
    this.#isOver = true
  }

  async #run(caller: number, random: () => number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const choice = this.#choices[Math.floor(random() * this.#choices.length)]
      if (choice !== undefined) await this.#do(choice, toOp(caller, n), random)
      await delay(random() * longestThoughtMs)
    }
    this.#settled += 1
  }

  async #do({ layer, pattern, run }: Choice, op: string, random: () => number): Promise<void> {
    const recorder = this.#recorder
    recorder.note({ kind: 'began', op, layer, pattern })
    const operation = new Operation(op, random, recorder)
    try {
      const { fate, error } = await recorder.runAs(op, () => run(operation))
      const code = error === undefined ? undefined : (codeOf(error) ?? 'none')
      recorder.note({ kind: 'settled', op, fate, code })
    } catch (error) {
      recorder.note({ kind: 'settled', op, fate: 'unknown', thrown: String(error) })
    }
  }
}

function choicesOn(pool: HealthAwarePool): readonly Choice[] {
  const onLayers = Object.values(createLayers(pool)).flatMap((layer) =>
    Object.entries(patterns).map(([pattern, run]): Choice => {
      return { layer: layer.name, pattern, run: (operation) => run(layer, operation) }
    }),
  )
  const plain = Object.entries(plainPatterns).map(([pattern, run]): Choice => {
    return { layer: 'plain', pattern, run: (operation) => run(pool, operation) }
  })
  return [...onLayers, ...plain]
}
