// Builds the dashboard's page into strings that its server sends: packages/dashboard/src/page/assets.ts.
// With --check it only tells whether that file is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './workspace.mjs'

const folder = join(root, 'packages/dashboard')
const target = join(folder, 'src/page/assets.ts')

const content = await generate()
if (!process.argv.includes('--check')) writeFileSync(target, content)
else if (readFileSync(target, 'utf8') !== content) {
  console.error('The page is not what its sources say: run node scripts/build-page.ts')
  process.exitCode = 1
}

async function generate(): Promise<string> {
  const html = readFileSync(join(folder, 'page/index.html'), 'utf8')
  return `// Made by scripts/build-page.ts from packages/dashboard/page: change it there.

/** The page, with \`__HALE_CSRF__\` and \`__HALE_ROLE__\` to be filled in. */
export const pageHtml: string = ${JSON.stringify(html)}

/** What \`page.js\` holds. */
export const pageScript: string = ${JSON.stringify(await bundle('main.ts'))}

/** What \`page.css\` holds. */
export const pageStyle: string = ${JSON.stringify(await bundle('page.css'))}
`
}

/** The file with all that it imports, as small as it gets; the chart library's licence stays with it. */
async function bundle(entry: string): Promise<string> {
  const licence = readFileSync(join(folder, 'node_modules/uplot/LICENSE'), 'utf8').trim()
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['chrome120', 'firefox121', 'safari17'],
    charset: 'utf8',
    legalComments: 'inline',
    banner: {
      js: `/*! uPlot\n${licence} */`,
      css: `/*! uPlot, MIT, Copyright (c) 2022 Leon Sorokin: its licence stands in page.js */`,
    },
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
