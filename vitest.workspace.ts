import { defineConfig } from 'vitest/config'
import { mutantPlugin } from './scripts/mutation/plugin.ts'
import { type PeerVersion, peerVersions } from './scripts/peer-versions.ts'

// Vitest reads projects only from a config it is given: always run it with --config vitest.workspace.ts.

/**
 * Makes tests import the packages' src/index.ts, so that no build comes before them. All else resolves as in
 * Node: `module`, which Vite knows as well, leads to files for bundlers, which Node may not be able to load.
 */
const conditions = ['@hale/source', 'node', 'development|production']
const sources = {
  plugins: mutantPlugin(),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
}
const execArgv = ['--conditions=@hale/source'] // for what Node itself loads, worker threads among it

const integrationTests = [
  'packages/*/test/**/*.integration.test.ts',
  'test/**/*.integration.test.ts',
  'bench/*/test/**/*.integration.test.ts',
  'demo/test/**/*.integration.test.ts',
]
const otherMajors = ['packages/*/test/v1/**'] // these run in the projects of that major alone

const unit = {
  testTimeout: 30_000,
  exclude: integrationTests,
  setupFiles: ['scripts/vitest-fail-on-console.ts'],
  execArgv,
}
const integration = {
  pool: 'forks' as const,
  maxWorkers: 3, // each file starts a PostgreSQL of its own, and waits more than it works
  maxConcurrency: 2,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  execArgv,
}

/** The projects of an adapter's tests with another version of what it adapts to. */
function projectsOf({ name, include, alias }: PeerVersion) {
  const resolve = { ...sources.resolve, alias: { ...alias } }
  const env = { HALE_PEER: name } // so that a test can tell that the alias is in force
  return [
    {
      ...sources,
      resolve,
      test: { ...unit, name: `unit:${name}`, env, include: [`${include}.test.ts`] },
    },
    {
      ...sources,
      resolve,
      test: {
        ...integration,
        name: `integration:${name}`,
        env,
        include: [`${include}.integration.test.ts`],
      },
    },
  ]
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    // with --coverage: what the unit tests reach of the engine, which is all of it
    coverage: {
      provider: 'v8',
      include: ['packages/pg/src/pool/**/*.ts'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { 100: true },
    },
    projects: [
      {
        ...sources,
        test: {
          ...unit,
          name: 'unit',
          exclude: [...integrationTests, ...otherMajors],
          include: [
            'packages/*/test/**/*.test.ts',
            'demo/test/**/*.test.ts',
            'bench/*/test/**/*.test.ts',
          ],
        },
      },
      {
        ...sources,
        test: {
          ...integration,
          name: 'integration',
          include: integrationTests,
          exclude: otherMajors,
        },
      },
      ...peerVersions.flatMap(projectsOf),
    ],
  },
})
