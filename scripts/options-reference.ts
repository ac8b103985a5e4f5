// Keeps docs/options.md equal to what the types of all packages say of their options; a test compares them.
// `--update` rewrites the page. Reads sources, so that no build comes before it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionsPage } from './options-reference/options-page.ts'
import { root } from './workspace.mjs'

const file = join(root, 'docs', 'options.md')
const page = optionsPage()

if (process.argv.includes('--update')) writeFileSync(file, page)
else if (readFileSync(file, 'utf8') !== page) {
  console.error(
    'docs/options.md is not what the types say: node scripts/options-reference.ts --update',
  )
  process.exitCode = 1
}
