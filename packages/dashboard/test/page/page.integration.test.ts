import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DashboardState, PoolView } from '../../src/state/dashboard-state.ts'
import { startBrowser, whyNoBrowser } from './browser.ts'
import { everyIssue } from './every-issue.ts'
import { type FixtureServer, startFixtureServer } from './fixture-server.ts'
import { startedAt } from './started-at.ts'
import { calmPool, hostile, hostilePool, stateOf, troubledPool } from './states.ts'
import { injected, openPage, type WatchedPage } from './watched-page.ts'

describe.skipIf(whyNoBrowser !== undefined)('the page', () => {
  let browser: Browser
  let axe: string
  const servers: FixtureServer[] = []

  beforeAll(async () => {
    browser = await startBrowser()
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all(servers.map((server) => server.close()))
  })

  async function show(
    state: DashboardState,
    options: Parameters<typeof openPage>[2] & { readonly role?: 'view' | 'operate' } = {},
  ): Promise<WatchedPage & { readonly server: FixtureServer }> {
    const { role, ...rest } = options
    const server = await startFixtureServer(state, role)
    servers.push(server)
    const watched = await openPage(browser, server.url, rest)
    await watched.page.locator('#verdict').waitFor()
    return { ...watched, server }
  }

  it('tells by its heading and its title whether all is well', async () => {
    await using watched = await show(stateOf({ primary: calmPool(), replica: troubledPool() }))
    const { page } = watched
    expect(await page.title()).toContain('All 12 connections are healthy')
    await page.getByRole('tab', { name: 'replica' }).click()
    const heading = page.getByRole('heading', { level: 1 })
    expect(await heading.textContent()).toMatch(
      /^1 of 13\sconnections is slow and is being replaced\.$/,
    )
  })

  it('has nothing that axe objects to, in the light and in the dark, with the panel open', async () => {
    const pool = { ...troubledPool(), issues: everyIssue() }
    await using watched = await show(stateOf({ primary: pool, replica: calmPool(2) }))
    const { page } = watched
    await page.evaluate(axe)
    await page.locator('[data-connection="7"]').click()
    await page.locator('.issue summary').first().click()
    expect(await objections(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.locator('html[data-theme="dark"]').waitFor()
    expect(await objections(page)).toEqual([])
  })

  it('reads well on every ground in both themes: 4.5 to 1 for text, 3 to 1 for borders and lines', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }))
    const { page } = watched
    const ratios = await contrasts(page)
    await page.getByRole('button', { name: 'Dark theme' }).click()
    expect(
      [...ratios, ...(await contrasts(page))].filter(({ ratio, least }) => ratio < least),
    ).toEqual([])
  })

  it('keeps the theme that the viewer chose', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }))
    const { page } = watched
    await page.getByRole('button', { name: 'Dark theme' }).click()
    await page.reload()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  })

  it('is as wide as its window, from 360 px on, and at twice the size', async () => {
    const pool = { ...troubledPool(), issues: everyIssue() }
    await using watched = await show(stateOf({ primary: pool, other: hostilePool() }))
    const { page } = watched
    for (const width of [360, 640, 1024, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await overflow(page), `at ${width} px`).toEqual([])
    }
    await page.getByRole('tab', { name: 'other' }).click()
    await page.locator('[data-connection="1"]').click()
    await page.setViewportSize({ width: 360, height: 800 })
    expect(await overflow(page), 'with texts of others').toEqual([])
  })

  it('goes through cells by arrow keys, as they lie', async () => {
    await using watched = await show(stateOf({ primary: calmPool(12) }))
    const { page } = watched
    const row = await page
      .getByRole('row')
      .evaluate((element) => getComputedStyle(element).gridTemplateColumns.split(' ').length)
    const press = async (key: string): Promise<number> => {
      await page.keyboard.press(key)
      return await page.evaluate(() =>
        Number(document.activeElement?.getAttribute('data-connection')),
      )
    }
    await page.locator('[data-connection="1"]').focus()
    expect(await press('ArrowRight')).toBe(2)
    expect(await press('ArrowDown')).toBe(2 + row)
    expect(await press('ArrowUp')).toBe(2)
    expect(await press('End')).toBe(12)
    expect(await press('ArrowLeft')).toBe(11)
    expect(await press('Home')).toBe(1)
    expect(await page.locator('.cell[tabindex="0"]').count()).toBe(1)
  })

  it('opens a cell with Enter, closes it with Escape, and gives the focus back', async () => {
    await using watched = await show(stateOf({ primary: troubledPool() }))
    const { page } = watched
    await page.locator('[data-connection="7"]').focus()
    await page.keyboard.press('Enter')
    const detail = page.getByRole('region', { name: 'Connection 7' })
    expect(await detail.textContent()).toContain('it lost 9 of 9 network probes')
    const meter = detail.getByRole('meter', { name: 'Is slower' })
    expect(await meter.getAttribute('aria-valuenow')).toBe('100')
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-connection'))).toBe(
      '7',
    )
  })

  it('leaves focus and selection alone while numbers change, and follows a cell that goes', async () => {
    const pool = calmPool(6)
    await using watched = await show(stateOf({ primary: pool }))
    const { page, server } = watched
    await page.locator('[data-connection="3"]').focus()
    const kept = await page.locator('[data-connection="3"]').elementHandle()
    const next = pool.connections.map((cell) => ({ ...cell, uses: cell.uses + 500 }))
    server.send({ at: startedAt + 2_000, pools: { primary: { connections: next } } })
    await page.locator('[data-connection="3"]', { hasText: '1.4k×' }).waitFor()
    expect(await kept?.evaluate((cell) => cell === document.activeElement)).toBe(true)
    const without = next.filter(({ connectionId }) => connectionId !== 3)
    server.send({ at: startedAt + 4_000, pools: { primary: { connections: without } } })
    await page.locator('[data-connection="3"]').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-connection'))).toBe(
      '4',
    )
  })

  it('asks before every connection is replaced, and not before one is', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }))
    const { page, server } = watched
    await page.getByRole('button', { name: 'Replace all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(server.actions).toEqual([])
    await page.getByRole('button', { name: 'Replace all' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Replace all' }).click()
    await page.getByText('Done as asked.').waitFor()
    await page.locator('[data-connection="2"]').click()
    await page.getByRole('button', { name: 'Recycle' }).click()
    await expect
      .poll(() => server.actions)
      .toEqual([
        { pool: 'primary', verb: 'evict-all' },
        { pool: 'primary', verb: 'recycle', connectionId: 2 },
      ])
  })

  it('asks before verdicts are carried out', async () => {
    await using watched = await show(stateOf({ primary: calmPool(2, { mode: 'observe' }) }))
    const { page, server } = watched
    await page.getByRole('button', { name: 'Carry verdicts out' }).click()
    await page.keyboard.press('Escape')
    expect(server.actions).toEqual([])
    await page.getByRole('button', { name: 'Carry verdicts out' }).click()
    await page.getByRole('button', { name: 'Carry them out' }).click()
    await expect.poll(() => server.actions).toEqual([{ pool: 'primary', verb: 'enforce' }])
  })

  it('has no button that acts for those who may only look', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }), { role: 'view' })
    const { page } = watched
    await page.locator('[data-connection="2"]').click()
    const names = await page.getByRole('button').allTextContents()
    expect(names.filter((name) => /Recycle|Replace|observe|verdicts/.test(name))).toEqual([])
  })

  it('says that it is not live, greys what is old, and is live again by itself', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }), { hasErrors: true })
    const { page, server } = watched
    server.drop(true)
    await page.getByRole('alert').getByText('What you see is from').waitFor()
    expect(await page.locator('body').getAttribute('data-stale')).toBe('')
    server.setState(stateOf({ primary: calmPool(3) }))
    server.drop(false)
    await page.getByRole('heading', { name: 'All 3 connections are healthy.' }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('shows a hundred pools in a list, those first that need attention', async () => {
    const pools = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `tenant-${index}`,
        index === 57 ? troubledPool() : calmPool(2),
      ]),
    )
    await using watched = await show(stateOf(pools))
    const { page } = watched
    expect(await page.getByText('1 of 100 pools needs attention.').count()).toBe(1)
    expect(await page.locator('#pool-select option').first().textContent()).toBe('tenant-57')
    await page.locator('#pool-select').selectOption('tenant-57')
    await page.getByRole('heading', { name: 'is slow and is being replaced' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'is slow and is being replaced' }).waitFor()
  })

  it('brings 200 cells up to date without making any of them again', async () => {
    const pool = calmPool(200)
    await using watched = await show(stateOf({ primary: pool }))
    const { page, server } = watched
    await page.evaluate(() => {
      const counted = window as unknown as { added: number }
      counted.added = 0
      new MutationObserver((records) => {
        for (const { addedNodes } of records) {
          for (const node of addedNodes) if (node instanceof Element) counted.added += 1
        }
      }).observe(document.querySelector('.cells') as Element, { childList: true, subtree: true })
    })
    const connections = pool.connections.map((cell) => ({ ...cell, ageMs: cell.ageMs + 3_600_000 }))
    server.send({ at: startedAt + 2_000, pools: { primary: { connections } } })
    await page.locator('[data-connection="200"]', { hasText: 'h' }).waitFor()
    expect(await page.evaluate(() => (window as unknown as { added: number }).added)).toBe(0)
  })

  it('draws nothing while nobody looks, but keeps its title', async () => {
    await using watched = await show(stateOf({ primary: calmPool(3) }))
    const { page, server } = watched
    const hide = (hidden: boolean): Promise<void> =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await hide(true)
    const { connections } = calmPool(2)
    server.send({ at: startedAt + 2_000, pools: { primary: { connections } } })
    await page.waitForFunction(() => document.title.startsWith('Both connections'))
    expect(await page.locator('.cell').count()).toBe(3)
    await hide(false)
    expect(await page.locator('.cell').count()).toBe(2)
  })

  it('shows every kind of issue with its evidence', async () => {
    const issues = everyIssue()
    await using watched = await show(stateOf({ primary: calmPool(4, { issues }) }))
    const { page } = watched
    expect(await page.locator('.issue').count()).toBe(issues.length)
    expect(await page.locator('.issue h3').allTextContents()).not.toContainEqual(
      expect.stringMatching(/_/),
    )
    for (const text of await page.locator('.issue tbody').allTextContents()) {
      expect(text).not.toMatch(/undefined|NaN|\[object|null/)
    }
  })

  it('shows markup in any text as text, and a pool of any name', async () => {
    await using watched = await show(stateOf(hostilePools()))
    const { page } = watched
    await page.getByRole('tab', { name: hostile }).click()
    await page.locator('[data-connection="1"]').click()
    const text = (await page.locator('body').textContent()) ?? ''
    expect(text.split(hostile).length).toBeGreaterThan(8)
    expect(await page.locator('img, iframe, main script').count()).toBe(0)
    expect(await page.getByRole('tab', { name: '__proto__' }).count()).toBe(1)
    expect(await injected(page)).toBeUndefined()
  })

  it('has words for a pool in which nothing is open and nothing happened', async () => {
    const nothing = Object.fromEntries(
      Object.keys(calmPool().series).map((name) => [name, []]),
    ) as unknown as PoolView['series']
    await using watched = await show(stateOf({ primary: calmPool(0, { series: nothing }) }))
    const { page } = watched
    const text = await page.locator('main').textContent()
    for (const words of [
      'No connection is open',
      'No issues.',
      'Nobody waits',
      'Nothing happened yet',
    ]) {
      expect(text).toContain(words)
    }
  })

  it('says in words what its charts show', async () => {
    await using watched = await show(stateOf({ primary: calmPool() }))
    const { page } = watched
    const captions = await page.locator('figcaption').allTextContents()
    expect(captions[0]).toMatch(/^answered: \d+ now, between \d+ and \d+ in the last 60\smin\./)
    expect(await page.locator('canvas').count()).toBe(4)
  })

  it('uncovers the timeline where the panel would lie over it', async () => {
    const viewport = { width: 360, height: 780 }
    await using watched = await show(stateOf({ primary: troubledPool() }), { viewport })
    const { page } = watched
    await page.locator('[data-connection="7"]').click()
    await page.locator('.detail').getByRole('button', { name: 'Timeline' }).click()
    expect(await page.locator('.detail').isVisible()).toBe(false)
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Timeline')
    expect(await page.locator('.timeline li').count()).toBe(1)
  })

  it('filters the timeline by connection', async () => {
    await using watched = await show(stateOf({ primary: troubledPool() }))
    const { page } = watched
    await page.getByLabel('Of which connection').selectOption('Connection 2')
    const entries = await page.locator('.timeline li').allTextContents()
    expect(entries).toEqual([
      expect.stringContaining('Connection 12 was open in its place 38 ms later.'),
    ])
    await page.locator('.timeline').getByRole('button', { name: 'Connection 12' }).first().click()
    expect(await page.getByRole('region', { name: 'Connection 12' }).count()).toBe(1)
  })
})

function hostilePools(): Record<string, PoolView> {
  const pools: Record<string, PoolView> = { [hostile]: hostilePool() }
  Object.defineProperty(pools, '__proto__', { value: calmPool(1), enumerable: true })
  return pools
}

async function objections(page: Page): Promise<readonly string[]> {
  return await page.evaluate(async () => {
    const { axe: check } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await check.run(document, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  })
}

/** Elements that reach out of the window and are not meant to be scrolled to. */
async function overflow(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120))
  })
}

interface Contrast {
  readonly pair: string
  readonly ratio: number
  readonly least: number
}

/** The colours of the style sheet on each ground that they stand on. */
async function contrasts(page: Page): Promise<readonly Contrast[]> {
  return await page.evaluate(() => {
    const style = getComputedStyle(document.documentElement)
    const luminance = (name: string): number => {
      const hex = style.getPropertyValue(`--${name}`).trim().replace('#', '')
      const full = hex.length === 3 ? hex.replaceAll(/./g, (digit) => digit + digit) : hex
      const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
        const value = Number.parseInt(full.slice(at, at + 2), 16) / 255
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const pairOf = (front: string, back: string, least: number): Contrast => {
      const [dark = 0, light = 0] = [luminance(front), luminance(back)].sort((a, b) => a - b)
      return { pair: `${front} on ${back}`, ratio: (light + 0.05) / (dark + 0.05), least }
    }
    const statuses = ['healthy', 'degraded', 'unhealthy', 'unknown']
    return [
      ...['surface', 'page', 'raised'].flatMap((back) =>
        ['ink', 'muted', 'accent'].map((front) => pairOf(front, back, 4.5)),
      ),
      ...statuses.flatMap((status) => [
        pairOf(status, 'surface', 4.5),
        pairOf(status, `${status}-soft`, 4.5),
        pairOf('ink', `${status}-soft`, 4.5),
      ]),
      pairOf('on-accent', 'accent', 4.5),
      pairOf('second', 'surface', 4.5),
      pairOf('edge', 'surface', 3),
    ]
  })
}
