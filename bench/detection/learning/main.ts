import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { runProgram } from '../../command-line.ts'
import { fitStumps } from './boosting.ts'
import { calibrate, rateOf } from './calibrate.ts'
import { featureNames } from './features.ts'
import type { JudgeName } from './judges.ts'
import { fitLogistic } from './logistic.ts'
import { type Model, type Models, modelNamed, readModels, weightsFile } from './model.ts'
import { type LearningOptions, readLearningOptions } from './options.ts'
import { renderComparison } from './report.ts'
import { readSamples, tableOf } from './samples.ts'
import { runTrial, type Trial } from './trial.ts'

const work: Readonly<Record<LearningOptions['command'], (options: LearningOptions) => void>> = {
  collect,
  fit,
  calibrate: calibrateModels,
  compare,
  report,
}

await runProgram(async () => {
  const options = readLearningOptions(process.argv.slice(2))
  work[options.command](options)
})

function collect({ seeds, scenarios, judges, out }: LearningOptions): void {
  mkdirSync(dirname(out), { recursive: true })
  for (const judge of judges) {
    for (const seed of seeds) {
      for (const scenario of scenarios) {
        const lines: string[] = []
        const which = judgeNamed(judge)
        runTrial({ scenario, seed, judge, which, onSample: (s) => lines.push(toLine(s)) })
        appendFileSync(out, lines.join(''))
      }
    }
  }
}

function fit({ model, kind, labels, scenarios, files }: LearningOptions): void {
  const samples = readSamples(files).filter(({ source, scenario }) => {
    return source === labels && scenarios.includes(scenario)
  })
  const table = tableOf(samples)
  const found: Model =
    kind === 'logistic'
      ? { ...fitLogistic(table), stumps: [], threshold: 0 }
      : { ...fitStumps(table), weights: [], threshold: 0 }
  save({ [model]: found })
  const positives = samples.filter(({ label }) => label === 1).length
  print(`${model}: ${samples.length} samples, ${positives} of them slow\n`)
  found.weights.forEach((weight, index) => {
    print(`  ${featureNames[index]?.padEnd(16)} ${weight.toFixed(3)}\n`)
  })
}

function calibrateModels({ judges, seeds, scenarios }: LearningOptions): void {
  const wanted = rateOf('ours', scenarios, seeds)
  for (const name of judges) {
    const rateAt = (model: Model): number => rateOf(model, scenarios, seeds)
    const tell = (text: string): void => print(`${name}: ${text}\n`)
    save({ [name]: calibrate(modelNamed(name), wanted, rateAt, tell) })
  }
}

function compare({ judges, seeds, scenarios, out }: LearningOptions): void {
  mkdirSync(dirname(out), { recursive: true })
  for (const seed of seeds) {
    for (const scenario of scenarios) {
      for (const judge of judges) {
        const trial = runTrial({ scenario, seed, judge, which: judgeNamed(judge) })
        appendFileSync(out, toLine(trial))
      }
    }
  }
}

function report({ files, scenarios }: LearningOptions): void {
  const trials = files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line): Trial => JSON.parse(line))
  })
  print(renderComparison(trials.filter(({ scenario }) => scenarios.includes(scenario))))
}

function judgeNamed(name: string): JudgeName | Model {
  const known: readonly JudgeName[] = ['ours', 'again', 'explorer', 'oracle']
  return known.find((each) => each === name) ?? modelNamed(name)
}

function save(models: Models): void {
  const rounded = JSON.stringify(
    { ...readModels(), ...models },
    (_, value) => {
      return typeof value === 'number' ? Number(value.toPrecision(6)) : value
    },
    1,
  )
  writeFileSync(weightsFile, `${rounded}\n`)
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value, (_, each) => {
    return typeof each === 'number' ? Number(each.toPrecision(6)) : each
  })}\n`
}

function print(text: string): void {
  process.stdout.write(text)
}
