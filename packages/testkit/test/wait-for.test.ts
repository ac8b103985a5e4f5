import { describe, expect, it } from 'vitest'
import { waitFor } from '../src/index.ts'

describe('waitFor', () => {
  it('resolves with the first truthy value', async () => {
    const values = [0, '', undefined, 'ready', 'too late']
    expect(await waitFor(() => values.shift(), { intervalMs: 1 })).toBe('ready')
  })

  it('waits on after an error', async () => {
    let looks = 0
    const value = await waitFor(
      async () => {
        looks++
        if (looks < 3) throw new Error('not yet')
        return looks
      },
      { intervalMs: 1 },
    )
    expect(value).toBe(3)
  })

  it('rejects at the bound with the description and the last value', async () => {
    const wait = waitFor(() => 0, { timeoutMs: 20, intervalMs: 5, describe: 'a free slot' })
    await expect(wait).rejects.toThrow('a free slot: not within 20 ms, last value 0')
  })

  it('rejects at the bound with the last error as its cause', async () => {
    const cause = new Error('connection refused')
    const wait = waitFor(() => Promise.reject(cause), { timeoutMs: 20, intervalMs: 5 })
    await expect(wait).rejects.toMatchObject({
      message: 'the condition: not within 20 ms, last error connection refused',
      cause,
    })
  })

  it('rejects at the bound even if the condition hangs', async () => {
    const wait = waitFor(() => new Promise<boolean>(() => {}), { timeoutMs: 20 })
    await expect(wait).rejects.toThrow('the condition never answered')
  })

  it('looks at least once', async () => {
    expect(await waitFor(() => true, { timeoutMs: 0 })).toBe(true)
  })
})
