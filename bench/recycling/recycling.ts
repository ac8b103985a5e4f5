import { HealthAwarePool } from '@hale/pg'
import type { Bench, BenchReport } from '../bench.ts'
import { warm } from '../contenders/trio.ts'
import { align, formatValue, renderRange, type Verdict, verdictOf } from '../report.ts'
import { quantile, type Spread, spreadOf } from '../statistics.ts'
import { type Latencies, type Load, runLoad } from './load.ts'

type Kind = 'kept' | 'recycled' | 'kept again'

/** `kept again` is the same as `kept`: how far the two are apart is the noise of the machine. */
const kinds: readonly Kind[] = ['kept', 'recycled', 'kept again']

const max = 20
/** 10 % of the pool per second, one at a time. */
const recycleEveryMs = 1_000 / (0.1 * max)
const sliceMs = 2_000
/** A slice here is as long as several elsewhere. */
const roundsRatio = 1 / 3

const loads: readonly Load[] = [
  { name: '10 callers that pause', callers: 10, pauseMs: 1 },
  { name: '30 callers in a row', callers: 30, pauseMs: 0 },
]

const measures = ['acquire', 'whole lease'] as const
const shares = { p50: 0.5, p99: 0.99, p999: 0.999 }

interface Measured {
  readonly load: string
  readonly measure: (typeof measures)[number]
  readonly kind: Kind
  readonly leases: number
  readonly recycles: number
  /** Over all slices, µs. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** 99.9th percentile to that of `kept`, round by round. */
  readonly ratio: Spread
}

/** One round's latencies, by kind. */
type Round = ReadonlyMap<Kind, Latencies>

/** What callers notice of connections that are replaced all the time. */
export const recycling: Bench = {
  name: 'recycling',
  title: `Leases while 10 % of the connections are recycled per second, max ${max}`,
  async run(connectionString, rounds) {
    const results: Measured[] = []
    const verdicts: Verdict[] = []
    for (const load of loads) {
      const found = await measure(load, connectionString, Math.max(2, rounds * roundsRatio))
      results.push(...found)
      verdicts.push(judge(load, found))
    }
    return { table: render(results), verdicts, results } satisfies BenchReport
  },
}

async function measure(load: Load, connectionString: string, rounds: number): Promise<Measured[]> {
  await using pool = new HealthAwarePool({ connectionString, max })
  await warm(pool)
  await runLoad(pool, load, 2 * sliceMs) // for the compiler, and for the first suspicions
  const measured: Round[] = []
  let recycles = 0
  for (let round = 0; round < rounds; round += 1) {
    const first = round % kinds.length
    const order = [...kinds.slice(first), ...kinds.slice(0, first)]
    const latencies = new Map<Kind, Latencies>()
    for (const kind of [...order, ...order.toReversed()]) {
      await warm(pool)
      const recycleMs = kind === 'recycled' ? recycleEveryMs : undefined
      const slice = await runLoad(pool, load, sliceMs, recycleMs)
      recycles += slice.recycles
      const { acquire = [], lease = [] } = latencies.get(kind) ?? {}
      latencies.set(kind, {
        acquire: [...acquire, ...slice.acquire],
        lease: [...lease, ...slice.lease],
      })
    }
    measured.push(latencies)
  }
  return measures.flatMap((name) =>
    kinds.map((kind) => {
      return summarise(measured, { load: load.name, measure: name, kind, recycles })
    }),
  )
}

function summarise(
  rounds: readonly Round[],
  about: Pick<Measured, 'load' | 'measure' | 'kind' | 'recycles'>,
): Measured {
  const valuesIn = (round: Round, kind: Kind): readonly number[] => {
    const latencies = round.get(kind)
    const values = about.measure === 'acquire' ? latencies?.acquire : latencies?.lease
    return (values ?? []).toSorted((a, b) => a - b)
  }
  const all = rounds.flatMap((round) => valuesIn(round, about.kind)).toSorted((a, b) => a - b)
  const worstIn = (round: Round, kind: Kind): number => quantile(valuesIn(round, kind), shares.p999)
  return {
    ...about,
    recycles: about.kind === 'recycled' ? about.recycles : 0,
    leases: all.length,
    p50: quantile(all, shares.p50),
    p99: quantile(all, shares.p99),
    p999: quantile(all, shares.p999),
    ratio: spreadOf(rounds.map((round) => worstIn(round, about.kind) / worstIn(round, 'kept'))),
  }
}

function judge({ name }: Load, results: readonly Measured[]): Verdict {
  const ratioOf = (kind: Kind): Spread =>
    results.find((each) => each.measure === 'acquire' && each.kind === kind)?.ratio ?? unknown
  const goal = { name: `p99.9 of acquire while recycling, ${name}`, atMost: 1.1 }
  const ratio = ratioOf('recycled')
  return { ...verdictOf(goal, ratio.median), measured: { ratio, noise: ratioOf('kept again') } }
}

const unknown: Spread = { p10: Number.NaN, median: Number.NaN, p90: Number.NaN }

const headings = [
  ...['load', 'µs of', 'connections', 'leases', 'recycles', 'p50', 'p99', 'p99.9'],
  ...['p99.9 ratio', 'p10..p90'],
]

function render(results: readonly Measured[]): string {
  const rows = results.map(({ load, measure, kind, leases, recycles, ratio, ...found }, index) => {
    const isFirst = index % kinds.length === 0
    return [
      index % (kinds.length * measures.length) === 0 ? load : '',
      isFirst ? measure : '',
      kind,
      leases.toLocaleString('en'),
      recycles.toLocaleString('en'),
      formatValue(found.p50),
      formatValue(found.p99),
      formatValue(found.p999),
      ratio.median.toFixed(3),
      renderRange(ratio),
    ]
  })
  return align([headings, ...rows])
}
