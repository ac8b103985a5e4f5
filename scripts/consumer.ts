// A project that has the packed packages installed and nothing of this repository but their dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript-5.5'
import { packageJson, root } from './workspace.mjs'

interface Package {
  readonly folder: string
  readonly name: string
}

/** What goes wrong when the packages unpacked in `consumer`/node_modules are compiled against and imported. */
export function checkConsumer(consumer: string, packages: readonly Package[]): string[] {
  const missing = packages.flatMap((one) => linkDependencies(consumer, one))
  if (missing.length > 0) return missing
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }\n')
  return packages.flatMap(({ name }) => {
    const entry = join(consumer, `${name.replace('@hale/', '')}.ts`)
    writeFileSync(
      entry,
      `import * as api from '${name}'\n\nexport const names: string[] = Object.keys(api)\n`,
    )
    return [...typeProblems(consumer, entry), ...importProblems(consumer, name)]
  })
}

/**
 * Gives a package exactly what it declares, from the store of this workspace, so that no network is needed.
 * An import of anything undeclared then fails, as it would at a user's.
 */
function linkDependencies(consumer: string, { folder, name }: Package): string[] {
  const unpacked = join(consumer, 'node_modules', name)
  const { dependencies = {}, peerDependencies = {} } = packageJson(unpacked)
  return Object.keys({ ...dependencies, ...peerDependencies }).flatMap((dependency) => {
    const own = join(consumer, 'node_modules', dependency)
    const installed = join(root, folder, 'node_modules', dependency)
    const target = existsSync(own) ? own : installed
    if (!existsSync(target)) return [`${name} depends on ${dependency}, which is not installed`]
    const link = join(unpacked, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
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
