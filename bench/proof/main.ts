import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readFlags, runProgram } from '../command-line.ts'
import { renderPages, root } from './pages.ts'

/** What makes up the proof, in this order; about two hours on two cores. */
const benches: readonly (readonly [program: string, ...args: string[]])[] = [
  ['faults', '--save'],
  ['speed', '--save'],
  ['scale', '--save'],
  ['history', '--minutes', '20', '--save'],
]

const usage = `Usage: npm run bench:proof -- [options]

  --render  only write the pages anew, from the results that are there
  --help    this text

Runs ${benches.map((bench) => bench.join(' ')).join(', ')}, then writes docs/benchmarks.md and
its charts, docs/faults.md and the table of README.md.
`

await runProgram(async () => {
  const { render, help } = readFlags(process.argv.slice(2), {
    render: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (help) return print(usage)
  if (!render) for (const [program, ...args] of benches) await run(program, args)
  await write(await renderPages())
})

/** @throws {Error} when the bench fails */
async function run(program: string, args: readonly string[]): Promise<void> {
  print(`\n▶ ${program} ${args.join(' ')}\n`)
  const file = fileURLToPath(new URL(`../${program}/main.ts`, import.meta.url))
  const flags = [...process.execArgv, '--expose-gc']
  const child = spawn(process.execPath, [...flags, file, ...args], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`bench ${program} ended with ${code}`)
}

/** Charts of benches that are gone go too. */
async function write(pages: ReadonlyMap<string, string>): Promise<void> {
  const folder = new URL('docs/benchmarks/', root)
  await mkdir(folder, { recursive: true })
  for (const file of await readdir(folder)) {
    if (!pages.has(`docs/benchmarks/${file}`)) await rm(new URL(file, folder))
  }
  for (const [path, text] of pages) await writeFile(new URL(path, root), text)
  print(`\nwritten: ${[...pages.keys()].join(', ')}\n`)
}

function print(text: string): void {
  process.stdout.write(text)
}
