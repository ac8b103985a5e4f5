import { defineConfig } from 'vitest/config'
import { mutantPlugin } from './scripts/mutation/plugin.ts'

// Vitest reads projects only from a config it is given: always run it with --config vitest.workspace.ts.

/** Makes tests import the packages' src/index.ts, so that no build comes before them. */
const sources = {
  plugins: mutantPlugin(),
  resolve: { conditions: ['@hale/source', 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: ['@hale/source', 'module', 'node', 'development|production'] } },
}
const execArgv = ['--conditions=@hale/source'] // for what Node itself loads, worker threads among it

const integrationTests = [
  'packages/*/test/**/*.integration.test.ts',
  'test/**/*.integration.test.ts',
]

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
          name: 'unit',
          testTimeout: 30_000,
          include: [
            'packages/*/test/**/*.test.ts',
            'demo/test/**/*.test.ts',
            'bench/*/test/**/*.test.ts',
          ],
          exclude: integrationTests,
          setupFiles: ['scripts/vitest-fail-on-console.ts'],
          execArgv,
        },
      },
      {
        ...sources,
        test: {
          name: 'integration',
          include: integrationTests,
          pool: 'forks',
          maxWorkers: 2, // each file starts a PostgreSQL of its own
          maxConcurrency: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          execArgv,
        },
      },
    ],
  },
})
