import { watchPools } from '@hale/core'
import { expect, it, vi } from 'vitest'
import { HealthAwareConnectionManager } from '../../src/index.ts'

const lazy = { min: 0 }

it('tells of pools that come and go until it is asked to stop', async () => {
  await using manager = new HealthAwareConnectionManager()
  const told: string[] = []
  const stop = manager.onMembership(({ name, pool, isMember }) => {
    told.push(`${name} ${isMember} ${pool.ending}`)
  })
  manager.register('acme', lazy)
  await manager.deregister('acme')
  stop()
  manager.register('globex', lazy)
  expect(told).toEqual(['acme true false', 'acme false false'])
})
it('is not stopped by a listener that throws, and warns', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  await using manager = new HealthAwareConnectionManager()
  manager.onMembership(() => {
    throw new Error('watcher')
  })
  expect(manager.register('acme', lazy)).toBe(manager.pool('acme'))
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
})
it('can be watched', async () => {
  await using manager = new HealthAwareConnectionManager()
  const before = manager.register('before', lazy)
  const watch = watchPools(manager)
  const after = manager.register('after', lazy)
  expect([...watch.entries()]).toEqual([
    ['before', before],
    ['after', after],
  ])
})
