import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publishedPackages, root } from '../../../scripts/workspace.mjs'
import { buildPackages, runTool } from '../build-packages.ts'
import type { Figure, PartPlan } from '../figure.ts'

const bench = join(root, 'bench')

/** What is not part of a bundle: the application has it anyway. */
const hosts = ['pg', 'pg-native', 'kysely', 'drizzle-orm', '@opentelemetry/api']

/** What an application that uses one of these would bundle, by what it imports. */
const bundles: Readonly<Record<string, string>> = {
  '@hale/core': `export * from '@hale/core'`,
  '@hale/pg': `export { HealthAwarePool } from '@hale/pg'`,
  '@hale/kysely': `export { HealthAwareDialect } from '@hale/kysely'`,
  '@hale/drizzle': `export { drizzle, createHealthAwareClient } from '@hale/drizzle'`,
  'pg-pool': `export { default } from ${JSON.stringify(poolFolder())}`,
  'postgres-pool': `export { Pool } from 'postgres-pool'`,
  slonik: `export { createPool, sql } from 'slonik'`,
  postgres: `export { default } from 'postgres'`,
  'OpenTelemetry for pg': `export * from '@opentelemetry/instrumentation'; export * from '@opentelemetry/instrumentation-pg'; export * from '@opentelemetry/sdk-trace'`,
}

const method = `Packed as by \`npm pack\`; bundled and minified by esbuild for Node with all that it needs but ${hosts.join(', ')}, then compressed with gzip.`

export const size: PartPlan = {
  name: 'size',
  title: 'Packed and bundled size',
  async run() {
    buildPackages()
    const folders = [
      ...publishedPackages().map(({ name, folder }) => ({ name, folder: join(root, folder) })),
      { name: 'pg-pool', folder: poolFolder() },
    ]
    const figures = folders.flatMap(({ name, folder }) => packedFigures(name, folder))
    const failures: string[] = []
    for (const [name, entry] of Object.entries(bundles)) {
      try {
        figures.push(...(await bundledFigures(name, entry)))
      } catch (error) {
        failures.push(`${name} bundled: ${error}`)
      }
    }
    return { name: this.name, title: this.title, method, figures, goals: [], failures }
  },
}

/** Where pg finds pg-pool; an application does not depend on it itself. */
function poolFolder(): string {
  const pg = createRequire(join(bench, 'package.json')).resolve('pg')
  return dirname(realpathSync(createRequire(pg).resolve('pg-pool')))
}

function packedFigures(name: string, folder: string): Figure[] {
  const [packed] = JSON.parse(runTool('npm', ['pack', '--dry-run', '--json'], folder)) as readonly {
    readonly size: number
    readonly unpackedSize: number
  }[]
  if (packed === undefined) throw new Error(`npm packs nothing of ${name}`)
  return [
    kibibytes(name, 'a package', 'packed', packed.size),
    kibibytes(name, 'a package', 'unpacked', packed.unpackedSize),
  ]
}

async function bundledFigures(name: string, contents: string): Promise<Figure[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: bench },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: hosts,
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild wrote nothing')
  return [
    kibibytes(name, 'a bundle', 'minified', file.contents.length),
    kibibytes(name, 'a bundle', 'compressed', gzipSync(file.contents, { level: 9 }).length),
  ]
}

function kibibytes(who: string, where: string, measure: string, bytes: number): Figure {
  const value = bytes / 1_024
  return {
    case: where,
    measure,
    unit: 'KiB',
    who,
    value: { p10: value, median: value, p90: value },
  }
}
