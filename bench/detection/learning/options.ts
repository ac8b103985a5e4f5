import { parseArgs } from 'node:util'
import { UsageError } from '../../command-line.ts'
import { allScenarios } from '../scenarios/all-scenarios.ts'

export const commands = ['collect', 'fit', 'calibrate', 'compare', 'report'] as const
export type Command = (typeof commands)[number]

export interface LearningOptions {
  readonly command: Command
  readonly seeds: readonly number[]
  readonly scenarios: readonly string[]
  readonly judges: readonly string[]
  readonly model: string
  readonly kind: 'logistic' | 'stumps'
  readonly labels: 'outcome' | 'truth'
  /** Files to read, and the one to write to. */
  readonly files: readonly string[]
  readonly out: string
}

/** One half of the scenarios: links, and whatever the server does to everybody. The other is the rest. */
const linksAndServer = /link|server|routing|uneven|hot-row|failover|plan|errors/

const learningUsage = `Usage: node --conditions=@hale/source bench/detection/learning/main.ts command [options] [files]

  collect    --judges name,… --seeds a..b --out file: what can be learned from these runs
  fit        --model name --kind logistic|stumps --labels outcome|truth files…: into weights.json
  calibrate  --judges model,… --seeds a..b: as many confirmations as ours
  compare    --judges name,… --seeds a..b --out file: adds the runs to a file
  report     files…: the tables

  --only name,name|links|backends  scenarios, or a half of them (default: all)
`

/** @throws {UsageError} */
export function readLearningOptions(args: readonly string[]): LearningOptions {
  const { values, positionals } = parse(args)
  const [name, ...files] = positionals
  const command = commands.find((each) => each === name)
  if (command === undefined) throw new UsageError(learningUsage)
  return {
    command,
    seeds: rangeOf(values.seeds ?? '1..1'),
    scenarios: scenariosOf(values.only),
    judges: (values.judges ?? 'ours').split(','),
    model: values.model ?? 'logistic',
    kind: values.kind === 'stumps' ? 'stumps' : 'logistic',
    labels: values.labels === 'truth' ? 'truth' : 'outcome',
    files,
    out: values.out ?? '.cache/learning/out.jsonl',
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    seeds: text,
    only: text,
    judges: text,
    model: text,
    kind: text,
    labels: text,
    out: text,
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${learningUsage}`, { cause: error })
  }
}

function rangeOf(text: string): readonly number[] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text)
  const [first, last] = [Number(match?.[1]), Number(match?.[2])]
  if (!(first <= last)) throw new UsageError(`--seeds takes a range such as 1..20, got '${text}'`)
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function scenariosOf(text: string | undefined): readonly string[] {
  const all = allScenarios.map(({ name }) => name)
  if (text === undefined) return all
  if (text === 'links') return all.filter((name) => linksAndServer.test(name))
  if (text === 'backends') return all.filter((name) => !linksAndServer.test(name))
  const asked = text.split(',')
  const unknown = asked.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new UsageError(`unknown scenarios: ${unknown.join(', ')}`)
  return asked
}
