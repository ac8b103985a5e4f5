import { describe, expect, it } from 'vitest'
import { renderPage } from '../../../src/demo/control/page.ts'

const hostile = `"><img src=x onerror='alert(1)'>&`
const fault = { id: hostile, title: hostile, effect: hostile, scope: 'pool' as const }

describe('renderPage', () => {
  it('shows names as text, whatever they hold', () => {
    const page = renderPage({
      token: hostile,
      pools: [hostile, 'other'],
      faults: [fault],
      about: hostile,
    })
    expect(page).not.toContain('<img')
    expect(page.split('&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;')).toHaveLength(
      8,
    )
  })

  it('has nothing inline', () => {
    const page = renderPage({ token: 't', pools: ['demo'], faults: [fault], about: '' })
    expect(page).not.toMatch(/<style|style=| on\w+="|<script(?![^>]*src=)/)
  })

  it('asks which pool only where there are several', () => {
    const faults = [fault]
    const pages = [['a'], ['a', 'b']].map((pools) =>
      renderPage({ token: 't', pools, faults, about: '' }),
    )
    expect(pages.map((page) => page.includes('<fieldset>'))).toEqual([false, true])
  })
})
