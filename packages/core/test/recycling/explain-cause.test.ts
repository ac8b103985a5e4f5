import { expect, it } from 'vitest'
import { explainCause } from '../../src/recycling/explain-cause.ts'

it('ends a sentence that says why a connection went', () => {
  expect(`Connection 3 was evicted because ${explainCause('latency')}.`).toBe(
    'Connection 3 was evicted because it was slower than its peers.',
  )
})
