// A project that has the packed packages installed and nothing of this repository but their dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript-5.5'
import { entriesOf, packageJson, root } from './workspace.mjs'

interface Package {
  readonly folder: string
  readonly name: string
}

/** What an entry is compiled with, by the name that it imports: another version than that of this name here. */
const otherVersions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@hale/drizzle/v1': { 'drizzle-orm': 'drizzle-orm-v1' },
}

/** What goes wrong when the packages unpacked in `consumer`/node_modules are compiled against and imported. */
export function checkConsumer(consumer: string, packages: readonly Package[]): string[] {
  const missing = packages.flatMap((one) => linkDependencies(consumer, one))
  if (missing.length > 0) return missing
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }\n')
  return packages.flatMap((one) => {
    const entries = entriesOf(join(root, one.folder)).map(({ name }) => name)
    return entries.flatMap((name) => {
      linkDependencies(consumer, one, otherVersions[name])
      const problems = typeProblems(consumer, writeProgram(consumer, name))
      // the wrong one too: an entry that cannot be imported cannot say which one is right
      return [...problems, ...entries.flatMap((entry) => importProblems(consumer, entry))]
    })
  })
}

/** A program that uses all of an entry. */
function writeProgram(consumer: string, name: string): string {
  const program = join(consumer, `${name.replace('@hale/', '').replace('/', '-')}.ts`)
  writeFileSync(
    program,
    `import * as api from '${name}'\n\nexport const names: string[] = Object.keys(api)\n`,
  )
  return program
}

/**
 * Gives a package exactly what it declares, from the store of this workspace, so that no network is needed.
 * An import of anything undeclared then fails, as it would at a user's.
 */
function linkDependencies(
  consumer: string,
  { folder, name }: Package,
  versions: Readonly<Record<string, string>> = {},
): string[] {
  const unpacked = join(consumer, 'node_modules', name)
  const { dependencies = {}, peerDependencies = {} } = packageJson(unpacked)
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((dependency) => {
    const own = join(consumer, 'node_modules', dependency)
    const installed = join(root, folder, 'node_modules', versions[dependency] ?? dependency)
    const target = existsSync(own) ? own : installed
    if (!existsSync(target)) return [`${name} depends on ${dependency}, which is not installed`]
    const link = join(unpacked, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(realpathSync(target), link, 'junction')
    return []
  })
}

/** Errors in our own declarations with `skipLibCheck: false`; those of other packages are not ours to mend. */
function typeProblems(consumer: string, entry: string): string[] {
  const program = ts.createProgram([entry], {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: [],
  })
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program
      .getSourceFiles()
      .filter((file) => file.fileName.startsWith(consumer))
      .flatMap((file) => [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ]),
  ]
  return diagnostics.map(({ file, start, messageText }) => {
    const place =
      file === undefined
        ? ''
        : `${relative(consumer, file.fileName)}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1} `
    return `${place}${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** Errors on importing what is packed: dist, since no condition asks for the sources here. */
function importProblems(consumer: string, name: string): string[] {
  const program = `import * as api from '${name}'; console.log(Object.keys(api).length)`
  const { status, stdout, stderr } = spawnSync('node', ['--input-type=module', '--eval', program], {
    cwd: consumer,
    encoding: 'utf8',
  })
  if (status !== 0) return [/^\w*Error.*/m.exec(stderr)?.[0] ?? stderr]
  return Number(stdout) > 0 ? [] : [`${name} exports nothing at run time`]
}
