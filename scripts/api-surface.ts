// Keeps docs/api/<entry>.md equal to what each entry of a package exports, so that a change of API shows in the diff.
// `--update` rewrites the pages. Reads dist/*.d.ts through TypeScript 5.5, the oldest version that is supported.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import ts from 'typescript-5.5'
import { entriesOf, publishedPackages, root } from './workspace.mjs'

const update = process.argv.includes('--update')
const printer = ts.createPrinter({ removeComments: true })

const entries = publishedPackages().flatMap(({ folder }) =>
  entriesOf(join(root, folder)).map(({ name, types }) => ({
    name,
    dist: join(root, folder, 'dist'),
    types: join(root, folder, types),
  })),
)
for (const { name, dist, types } of entries) {
  const file = join(root, 'docs', 'api', `${name.replace('@hale/', '').replace('/', '-')}.md`)
  const surface = describe(name, dist, types)
  if (update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, surface)
    continue
  }
  const changes = difference(file, surface)
  if (changes === '') continue
  console.error(`\n${name}: its API differs from ${relative(root, file)}:\n${changes}`)
  process.exitCode = 1
}
if (process.exitCode === 1) {
  console.error('\nIf that is meant, add a changeset and run: npm run build && npm run api:update')
}

/** The page of one entry: what it exports by name, then what those refer to without exporting it. */
function describe(name: string, dist: string, entry: string): string {
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: [],
    noEmit: true,
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${entry} is not a module: run npm run build first`)

  const exported = new Map(
    checker.getExportsOfModule(module).map((symbol) => [target(symbol), symbol.name] as const),
  )
  const named = new Map<ts.Symbol, string>(exported)
  const internal = new Map<ts.Symbol, string>()
  // A Map hands out the entries that are added while it is walked.
  for (const [symbol] of named) {
    for (const declaration of ownDeclarations(symbol)) visit(declaration)
  }
  return page(name, [
    ['', textOf(exported)],
    ['Referred to by the above and not exported by name.', textOf(internal)],
  ])

  function visit(node: ts.Node): void {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node)
      const symbol = found && target(found)
      if (symbol !== undefined && !named.has(symbol) && isTopLevel(symbol)) {
        named.set(symbol, symbol.name)
        internal.set(symbol, symbol.name)
      }
    }
    ts.forEachChild(node, visit)
  }

  function target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  }

  function ownDeclarations(symbol: ts.Symbol): ts.Declaration[] {
    return (symbol.declarations ?? []).filter((one) =>
      one.getSourceFile().fileName.startsWith(dist),
    )
  }

  function isTopLevel(symbol: ts.Symbol): boolean {
    return ownDeclarations(symbol).some((one) => ts.isSourceFile(statementOf(one).parent))
  }

  function textOf(symbols: ReadonlyMap<ts.Symbol, string>): string[] {
    return [...symbols]
      .sort(([, a], [, b]) => (a < b ? -1 : 1))
      .flatMap(([symbol, alias]) => {
        const own = ownDeclarations(symbol)
        if (own.length === 0) return [`export { ${alias} } // from another package`]
        return own.map((one) => {
          const statement = statementOf(one)
          const text = printer.printNode(
            ts.EmitHint.Unspecified,
            statement,
            statement.getSourceFile(),
          )
          return alias === symbol.name ? text : `${text}\nexport { ${symbol.name} as ${alias} };`
        })
      })
  }
}

/** The whole statement of a declaration: a `const` is declared inside a list inside its statement. */
function statementOf(declaration: ts.Node): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
}

function page(name: string, sections: readonly (readonly [string, readonly string[]])[]): string {
  const parts = [`# API of ${name}`, 'Written by `npm run api:update`; checked by `npm test`.']
  for (const [title, declarations] of sections) {
    if (declarations.length === 0) continue
    if (title !== '') parts.push(title)
    parts.push(['```ts', declarations.join('\n\n'), '```'].join('\n'))
  }
  return `${parts.join('\n\n')}\n`
}

/** What is different in `file`, as a diff; empty when nothing is. */
function difference(file: string, surface: string): string {
  if (existsSync(file) && readFileSync(file, 'utf8') === surface) return ''
  const actual = join(root, '.cache', 'api', basename(file))
  mkdirSync(dirname(actual), { recursive: true })
  writeFileSync(actual, surface)
  const pages = [existsSync(file) ? relative(root, file) : devNull, relative(root, actual)]
  const diff = spawnSync('git', ['diff', '--no-index', '--no-color', '--', ...pages], {
    cwd: root,
    encoding: 'utf8',
  })
  return diff.stdout || `compare ${pages.join(' with ')}`
}
