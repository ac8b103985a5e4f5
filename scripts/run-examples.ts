// Runs the `start` script of every example, two at a time: each must end by itself, with exit code 0 and a last
// line. What it printed is shown when it has ended.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageJson, root, workspaceFolders } from './workspace.mjs'

const timeLimitMs = 120_000
const examples = workspaceFolders().filter((folder) => folder.startsWith('examples'))

if (examples.length === 0) throw new Error('no examples found')
await Promise.all([runNext(), runNext()])

async function runNext(): Promise<void> {
  for (let folder = examples.shift(); folder !== undefined; folder = examples.shift()) {
    const { output, problem } = await runExample(folder)
    console.log(`\n${folder}\n${output.trimEnd()}`)
    if (problem === undefined) continue
    console.error(`${folder}: ${problem}`)
    process.exitCode = 1
  }
}

interface Ended {
  readonly output: string
  /** What went wrong; `undefined` when nothing did. */
  readonly problem: string | undefined
}

function runExample(folder: string): Promise<Ended> {
  const command: unknown = packageJson(join(root, folder)).scripts?.start
  if (typeof command !== 'string') {
    return Promise.resolve({ output: '', problem: 'package.json has no script "start"' })
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd: join(root, folder),
      shell: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: timeLimitMs,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const end = (problem: string | undefined): void => resolve({ output, problem })
      if (signal !== null) end(`stopped by ${signal}, time limit ${timeLimitMs} ms`)
      else if (code !== 0) end(`exit code ${code}`)
      else if (output.trim() === '') end('printed nothing')
      else end(undefined)
    })
  })
}
