// Runs the `start` script of every example: each must end by itself, with exit code 0 and a last line.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageJson, root, workspaceFolders } from './workspace.mjs'

const timeLimitMs = 120_000
const examples = workspaceFolders().filter((folder) => folder.startsWith('examples'))

for (const folder of examples) {
  console.log(`\n${folder}`)
  const problem = await runExample(folder)
  if (problem !== undefined) {
    console.error(`${folder}: ${problem}`)
    process.exitCode = 1
  }
}
if (examples.length === 0) throw new Error('no examples found')

/** What went wrong with the example in `folder`; `undefined` when nothing did. */
function runExample(folder: string): Promise<string | undefined> {
  const command: unknown = packageJson(join(root, folder)).scripts?.start
  if (typeof command !== 'string') return Promise.resolve('package.json has no script "start"')
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
      process.stdout.write(text)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (signal !== null) resolve(`stopped by ${signal}, time limit ${timeLimitMs} ms`)
      else if (code !== 0) resolve(`exit code ${code}`)
      else if (output.trim() === '') resolve('printed nothing')
      else resolve(undefined)
    })
  })
}
