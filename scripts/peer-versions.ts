/** Another version of what an adapter adapts to, with which its tests run too. */
export interface PeerVersion {
  /** What its test projects are called: `unit:<name>` and `integration:<name>`. */
  readonly name: string
  /** The adapter's test files, as a glob without the endings `.test.ts` and `.integration.test.ts`. */
  readonly include: string
  /** What is imported instead, by the specifier; the first that fits, also as the start of a path. */
  readonly alias: Readonly<Record<string, string>>
}

/** Those beside the version that an adapter's devDependencies name by its own name. */
export const peerVersions: readonly PeerVersion[] = [
  {
    name: 'kysely-0.28',
    include: 'packages/kysely/test/**/*',
    alias: { 'kysely/migration': 'kysely-0.28', kysely: 'kysely-0.28' },
  },
  { name: 'kysely-0.30', include: 'packages/kysely/test/**/*', alias: { kysely: 'kysely-0.30' } },
  {
    name: 'drizzle-1.0',
    include: 'packages/drizzle/test/{both,v1}/**/*',
    alias: { '@hale/drizzle': '@hale/drizzle/v1', 'drizzle-orm': 'drizzle-orm-v1' },
  },
]
