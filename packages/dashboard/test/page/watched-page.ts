import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/**
 * A page. Its end rejects if it did what it should not: errors, warnings, violations of the policy, dialogs of
 * the browser, and requests to anybody but its own server.
 */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page
}

/** Opens `url` in a context of its own. Pass `hasErrors` where answers of 4xx and 5xx are what is tested. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly hasErrors?: boolean } = {},
): Promise<WatchedPage> {
  const { hasErrors = false, ...rest } = options
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce', // so that nothing is looked at halfway
    ...rest,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.setDefaultTimeout(15_000)
  watch(page, new URL(url).origin, hasErrors, complaints)
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      reportError(new Error(`policy: ${violatedDirective} ${blockedURI}`))
    })
  })
  await page.goto(url)
  return {
    page,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      if (complaints.length === 0) return
      throw new Error(`the page did what it should not: ${complaints.join('; ')}`)
    },
  }
}

function watch(page: Page, own: string, hasErrors: boolean, complaints: string[]): void {
  page.on('console', (message) => {
    const isExpected = hasErrors && message.text().includes('Failed to load resource')
    if (!isExpected) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && origin !== own) complaints.push(`request to ${origin}`)
  })
}

/** Whatever was set by a script that a text smuggled in. */
export function injected(page: Page): Promise<unknown> {
  return page.evaluate(() => (window as unknown as { __xss?: unknown }).__xss)
}
