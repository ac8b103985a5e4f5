import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript-5.5'
import { describe, expect, it } from 'vitest'
import { optionsPage } from '../scripts/options-reference/options-page.ts'
import { pgOptions } from '../scripts/options-reference/pg-options.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Every page that a user reads, as a path from the root. */
const pages = [
  ...['README.md', 'SECURITY.md', 'bench/README.md'],
  ...['docs', 'packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
].filter((page) => existsSync(join(root, page)))

/** A page without its blocks and spans of code, where nothing is a link or a heading. */
function proseOf(page: string): string {
  const text = readFileSync(join(root, page), 'utf8')
  return text.replace(/^(```+).*?^\1$/gms, '').replace(/`[^`\n]*\]\([^`\n]*`/g, '')
}

function targetsOf(page: string): readonly string[] {
  const inline = [...proseOf(page).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)]
  const html = [...proseOf(page).matchAll(/(?:src|srcset|href)="([^"]+)"/g)]
  return [...inline, ...html]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const words = (heading ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

/** What is wrong with a link; `undefined` where it leads somewhere. */
function flawOf(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(root, join(root, dirname(page), decodeURI(path)))
  if (file.startsWith('..') || !existsSync(join(root, file))) return `${page}: no ${target}`
  if (anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor)) return undefined
  return `${page}: no heading for ${target}`
}

describe('the pages', () => {
  it('have links that lead somewhere', () => {
    const flaws = pages.flatMap((page) => targetsOf(page).map((target) => flawOf(page, target)))
    expect(flaws.length).toBeGreaterThan(100) // or nothing was looked at
    expect(flaws.filter((flaw) => flaw !== undefined)).toEqual([])
  })
  it('have pictures with a text for those who do not see them', () => {
    const mute = pages.filter((page) => /!\[\]\(|<img(?![^>]*\balt="[^"]+")/.test(proseOf(page)))
    expect(mute).toEqual([])
  })
  it('have an index that names each of them', () => {
    const named = new Set(targetsOf('docs/README.md').map((target) => target.split('#')[0]))
    const all = pages
      .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
      .map((page) => relative('docs', page))
      .filter((page) => !page.startsWith('api/'))
    expect(all.filter((page) => !named.has(page))).toEqual([])
  })
})

describe('the options reference', () => {
  it('is what the types say; if it is not: node scripts/options-reference.ts --update', () => {
    expect(readFileSync(join(root, 'docs/options.md'), 'utf8') === optionsPage()).toBe(true)
  })
  it('explains every option of pg.PoolConfig', () => {
    const file = join(root, 'node_modules/@types/pg/index.d.ts')
    const declared = ts
      .createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022)
      .statements.filter(ts.isInterfaceDeclaration)
      .filter(({ name }) => ['ClientConfig', 'PoolConfig'].includes(name.text))
      .flatMap(({ members }) => members.map(({ name }) => (name as ts.Identifier).text))
    expect(Object.keys(pgOptions).toSorted()).toEqual(declared.toSorted())
  })
})
