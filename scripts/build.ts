// Builds the packages from nothing: what an earlier build left in dist must not be packed. Declarations are tsc's.
// The code becomes one module for each entry and one for what entries share, since a process that loads two
// hundred small modules starts twice as slowly.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { entriesOf, packageJson, publishedPackages, root, workspaceFolders } from './workspace.mjs'

for (const folder of workspaceFolders()) {
  rmSync(join(root, folder, 'dist'), { recursive: true, force: true })
}
const { status } = spawnSync('tsc', ['-b', '--force'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
for (const { folder } of publishedPackages()) await bundle(join(root, folder))

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: [...entriesOf(folder).map(({ source }) => source), ...programsOf(folder)].map(
      (source) => join(folder, source),
    ),
    outbase: join(folder, 'src'),
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22', // the oldest that package.json's engines allow
    tsconfig: join(folder, 'tsconfig.json'),
    logLevel: 'warning',
  })
}

/** The sources of the programs that a package installs. */
function programsOf(folder: string): string[] {
  const programs: Record<string, string> = packageJson(folder).bin ?? {}
  return Object.values(programs).map((file) =>
    file.replace('./dist/', './src/').replace(/\.js$/, '.ts'),
  )
}
