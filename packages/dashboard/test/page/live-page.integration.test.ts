import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HealthAwarePool } from '@hale/pg'
import {
  createFaultProxy,
  type FaultProxy,
  startPostgres,
  type TestPostgres,
  terminateBackend,
  waitFor,
} from '@hale/testkit'
import pg from 'pg'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDashboard, type Dashboard, type DashboardAccess } from '../../src/index.ts'
import { startBrowser, whyNoBrowser } from './browser.ts'
import { injected, openPage } from './watched-page.ts'

vi.setConfig({ testTimeout: 120_000 }) // thousands of statements for one verdict, on a machine that may be busy

const hostile = '<img src=x onerror="window.__xss=1">'
/** Statements keep the names that others chose: here one that would be markup. */
const hostileSql = `select 1 as "<script>window.__xss=2</script>" from held where id = 1 for update`

if (whyNoBrowser !== undefined)
  process.stderr.write(`The page's tests are skipped: ${whyNoBrowser}\n`)

describe.skipIf(whyNoBrowser !== undefined)('the page of a real pool', () => {
  let server: TestPostgres
  let proxy: FaultProxy
  let admin: pg.Pool
  let browser: Browser
  let pool: HealthAwarePool
  let dashboard: Dashboard
  let http: Server
  let url: string
  let access: DashboardAccess = 'operate'

  beforeAll(async () => {
    server = await startPostgres()
    proxy = await createFaultProxy(server)
    browser = await startBrowser()
    admin = new pg.Pool({ connectionString: server.connectionString, max: 2 })
    admin.on('error', () => {})
    await admin.query('create table held (id int primary key); insert into held values (1)')
    pool = new HealthAwarePool({
      connectionString: proxy.connectionString(server.connectionString),
      min: 4,
      max: 4,
      health: { sweepIntervalMs: 50, suspectProbeIntervalMs: 50, probeIntervalMs: 500 },
      sentinel: { intervalMs: 500 },
    })
    dashboard = createDashboard(pool, {
      intervalMs: 500,
      authorize: () => access,
    })
    http = createServer((request, response) => void dashboard.handler(request, response))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`
  })
  afterAll(async () => {
    await browser?.close()
    dashboard?.close()
    http?.closeAllConnections()
    http?.close()
    await pool?.end()
    await admin?.end()
    await proxy?.close()
    await server?.stop()
  })

  it('tells the story of a killed backend within seconds, without a reload', async () => {
    await waitFor(() => pool.idleCount === 4)
    await using watched = await openPage(browser, url)
    const { page } = watched
    await page.getByRole('gridcell').nth(3).waitFor()
    const [victim] = pool.snapshot().connections
    if (victim?.processId === undefined) throw new Error('no connection is open')
    await terminateBackend(admin, victim.processId)
    const story = page.locator('.timeline li', {
      hasText: `Connection ${victim.connectionId} was evicted`,
    })
    await story.waitFor()
    await page.locator(`[data-connection="${victim.connectionId}"]`).waitFor({ state: 'detached' })
    const successor = pool.snapshot().connections.at(-1)?.connectionId
    await page.locator(`[data-connection="${successor}"]`).waitFor()
    expect(await story.textContent()).toMatch(/because its socket or its backend was gone/)
  })

  it('shows a connection that became slow, why it is judged so, and what took its place', async () => {
    await using watched = await openPage(browser, url)
    const { page } = watched
    await waitFor(() => pool.idleCount === 4)
    const slow = pool.snapshot().connections[0]
    if (slow?.processId === undefined) throw new Error('no connection is open')
    await work(pool, 1_000)
    await page.locator(`[data-connection="${slow.connectionId}"]`).click()
    proxy.link(slow.processId)?.delay(20)
    const isGone = (): boolean =>
      pool.snapshot().connections.every(({ connectionId }) => connectionId !== slow.connectionId)
    await work(pool, Number.POSITIVE_INFINITY, isGone)
    const story = page.locator('.timeline li', {
      hasText: `Connection ${slow.connectionId} was evicted because it was slower than its peers`,
    })
    await story.waitFor()
    const detail = page.getByRole('region', { name: `Connection ${slow.connectionId}` })
    await detail.getByText('It has left the pool.').waitFor()
    await detail.getByRole('button', { name: /^Successor \d+$/ }).click()
    await page.getByRole('heading', { name: /^Connection \d+$/ }).waitFor()
    expect(await page.locator('.issue').allTextContents()).toContainEqual(
      expect.stringContaining('Slower than the others'),
    )
  })

  it('is operated with the keyboard alone', async () => {
    await waitFor(() => pool.idleCount === 4)
    await using watched = await openPage(browser, url)
    const { page } = watched
    const cells = page.getByRole('gridcell')
    await cells.nth(3).waitFor()
    await cells.first().focus()
    await page.keyboard.press('ArrowRight')
    const id = await page.evaluate(() => document.activeElement?.getAttribute('data-connection'))
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      (text) => document.activeElement?.textContent === text,
      `Connection ${id}`,
    )
    const recycle = page.getByRole('button', { name: 'Recycle' })
    for (let tabs = 0; tabs < 4 && !(await isFocused(recycle)); tabs += 1) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText(`Connection ${id} is replaced`).waitFor()
    await page.locator('.timeline li', { hasText: `had connection ${id} replaced` }).waitFor()
    await page.locator(`[data-connection="${id}"]`).waitFor({ state: 'detached' })
    // the button that had the focus is gone with the connection
    await page.waitForFunction(() => document.activeElement?.closest('.detail') !== null)
    await page.keyboard.press('Escape')
    await page.locator('.detail').waitFor({ state: 'hidden' })
  })

  it('shows markup in statements and application names as the text that it is', async () => {
    const blocker = new pg.Client({
      connectionString: server.connectionString,
      application_name: hostile,
    })
    blocker.on('error', () => {}) // where the test fails, the server ends it
    await blocker.connect()
    await using watched = await openPage(browser, url)
    const { page } = watched
    await blocker.query('begin')
    await blocker.query(hostileSql)
    const waiting = pool.query(hostileSql)
    const blocks = page.getByRole('region', { name: 'Who blocks whom' })
    await blocks.getByText(hostile).waitFor()
    await blocks.getByText('<script>window.__xss=2</script>').first().waitFor()
    await blocker.query('rollback')
    await waiting
    await blocker.end()
    expect(await injected(page)).toBeUndefined()
  })

  it('shows nothing to whom authorize denies', async () => {
    access = false
    await using watched = await openPage(browser, url, { hasErrors: true })
    const { page } = watched
    const answer = await page.reload()
    expect(answer?.status()).toBe(403)
    expect(await page.locator('body').textContent()).toContain('You may not see this page.')
    expect(await page.locator('#app').count()).toBe(0)
  })

  it('has no buttons for those who may only look, and does nothing that they forge', async () => {
    access = 'view'
    await waitFor(() => pool.idleCount === 4)
    await using watched = await openPage(browser, url, { hasErrors: true })
    const { page } = watched
    await page.getByRole('gridcell').first().click()
    await page.getByRole('heading', { name: /^Connection \d+$/ }).waitFor()
    const names = await page.getByRole('button').allInnerTexts()
    expect(names.filter((name) => /Recycle|Replace|observe|verdicts/.test(name))).toEqual([])
    const before = pool.snapshot().connections.map(({ connectionId }) => connectionId)
    const status = await page.evaluate(async () => {
      const { status } = await fetch('action', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hale-csrf': 'guessed' },
        body: JSON.stringify({ pool: 'any', verb: 'evict-all' }),
      })
      return status
    })
    expect(status).toBe(403)
    expect(pool.snapshot().connections.map(({ connectionId }) => connectionId)).toEqual(before)
  })
})

async function isFocused(locator: import('playwright-core').Locator): Promise<boolean> {
  return await locator.evaluate((element) => element === document.activeElement)
}

/** Three callers at a time, until so many statements ran or `isOver` holds. */
async function work(
  pool: HealthAwarePool,
  statements: number,
  isOver: () => boolean = () => false,
): Promise<void> {
  const end = performance.now() + 100_000
  let ran = 0
  const worker = async (): Promise<void> => {
    while (ran < statements && !isOver() && performance.now() < end) {
      ran += 1
      await pool.query('select count(*) from generate_series(1, 50)')
    }
  }
  await Promise.all([worker(), worker(), worker()])
}
