import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env['CHROMIUM_PATH'] ?? places.find((place) => existsSync(place))

/** Why the tests of the page are skipped; `undefined` where there is a browser. */
export const whyNoBrowser: string | undefined =
  executablePath === undefined
    ? 'there is no Chromium: install it, as with `apt-get install chromium`, or name it in CHROMIUM_PATH'
    : undefined

/** A browser of its own that asks nobody for anything. */
export async function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(whyNoBrowser)
  return await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
