import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, loadavg, totalmem } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { UsageError } from '../command-line.ts'

/** What one run of a bench found, and where and with what. */
export interface Results<Found> {
  readonly bench: string
  /** Whoever runs it gets numbers of the same kind. */
  readonly command: string
  /** Day of the run, `YYYY-MM-DD`. */
  readonly date: string
  readonly machine: Machine
  /** Versions of what took part, by package name; `node` and `postgresql` among them. */
  readonly versions: Readonly<Record<string, string>>
  readonly found: Found
}

/** A class of machine, not a particular one. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Load average of the last minute, when the results were written. */
  readonly load: number
}

const folder = new URL('../results/', import.meta.url)

/** Puts the results into `bench/results/<bench>.json`, from which docs/benchmarks.md is rendered. */
export async function writeResults<Found>(
  run: Pick<Results<Found>, 'bench' | 'command' | 'versions' | 'found'>,
): Promise<void> {
  const { bench, command, versions, found } = run
  const date = new Date().toISOString().slice(0, 10)
  const results: Results<Found> = { bench, command, date, machine: thisMachine(), versions, found }
  await mkdir(folder, { recursive: true })
  await writeFile(fileOf(bench), `${JSON.stringify(results, undefined, 1)}\n`)
}

/** The latest results of a bench; `undefined` before its first run. */
export async function readResults<Found>(bench: string): Promise<Results<Found> | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(bench), 'utf8')) as Results<Found>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * What is to be kept of saved results beside items that were found again: those that `isAgain` does not tell.
 * @throws {UsageError} when they are of other versions
 */
export function keptOf<Item>(
  saved: readonly Item[],
  isAgain: (item: Item) => boolean,
  versions: {
    readonly saved: Results<unknown>['versions'] | undefined
    readonly now: Results<unknown>['versions']
  },
): readonly Item[] {
  const kept = saved.filter((item) => !isAgain(item))
  if (kept.length > 0 && !isDeepStrictEqual(versions.saved, versions.now)) {
    throw new UsageError('--save: results of other versions are there; run all of it again')
  }
  return kept
}

/** The version of each package as this bench resolves it, and of Node. */
export function versionsOf(packages: readonly string[]): Readonly<Record<string, string>> {
  const { resolve } = createRequire(new URL('../package.json', import.meta.url))
  const versions = packages.map((name) => [name, versionAt(name, resolve)] as const)
  return { node: process.versions.node, ...Object.fromEntries(versions) }
}

function versionAt(name: string, resolve: NodeJS.RequireResolve): string {
  for (const base of resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(`${base}/${name}/package.json`, 'utf8')) as {
        readonly version: string
      }
      return version
    } catch {
      // it lies in a folder further up
    }
  }
  throw new Error(`no package ${name} here`)
}

function thisMachine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown CPU',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

function fileOf(bench: string): URL {
  return new URL(`${bench}.json`, folder)
}
