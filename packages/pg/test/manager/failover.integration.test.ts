import { waitFor } from '@hale/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chosen, type StandbyWorld, startStandbyWorld, untilMeasured } from './standby-world.ts'

let world: StandbyWorld
beforeEach(async () => {
  world = await startStandbyWorld(1)
}, 120_000)
afterEach(() => world?.[Symbol.asyncDispose](), 60_000)

describe('a failover', () => {
  it('has writes go to the replica that was promoted, reads too, and the manager stay ready', async ({
    annotate,
  }) => {
    await using manager = world.createManager()
    const [former, promoted] = [manager.pool('primary'), manager.pool('replica-1')]
    await manager.primary().query('create table written (id int)')
    await untilMeasured(manager)
    expect(manager.primary()).toBe(former)
    await world.primary.stop()
    former.query('select 1').catch(() => {}) // somebody has to want something of it
    await waitFor(() => !manager.readiness().ready)
    expect(manager.primary()).toBe(former) // nobody else takes writes yet
    expect(chosen(manager)).toEqual(['replica-1']) // and reads go on
    await world.standbys[0]?.promote()
    const promotedAt = performance.now()
    await waitFor(() => manager.primary() === promoted)
    await annotate(`followed ${Math.round(performance.now() - promotedAt)} ms after the promotion`)
    await manager.primary().query('insert into written values (1)')
    expect(manager.readiness()).toMatchObject({ ready: true, pools: { primary: { ready: false } } })
    expect(chosen(manager)).toEqual(['replica-1'])
    expect(manager.overview().standings).toMatchObject([
      { name: 'primary', countsAs: 'primary', isServing: false },
      { name: 'replica-1', role: 'replica', countsAs: 'primary', isServing: true },
    ])
  }, 60_000)

  it('is not followed while the registered primary serves, and not undone when it is back', async () => {
    await using manager = world.createManager()
    const [former, promoted] = [manager.pool('primary'), manager.pool('replica-1')]
    await former.query('select 1')
    await untilMeasured(manager)
    await world.standbys[0]?.promote()
    await waitFor(() => manager.overview().standings[1]?.countsAs === 'primary')
    expect(manager.primary()).toBe(former)
    expect(chosen(manager)).toEqual(['primary'])
    const [proxy] = world.proxies
    await proxy?.refuse()
    proxy?.all.reset()
    former.query('select 1').catch(() => {})
    await waitFor(() => manager.primary() === promoted)
    await proxy?.refuse(false)
    await waitFor(() => former.query('select 1'))
    await waitFor(() => manager.overview().standings[0]?.isServing === true)
    expect(manager.primary()).toBe(promoted)
  }, 60_000)
})
