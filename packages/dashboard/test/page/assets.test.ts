import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { pageHtml, pageScript, pageStyle } from '../../src/page/assets.ts'

describe('the page as it is sent', () => {
  it('has at most 60 kB gzip in all', () => {
    const total = [pageHtml, pageScript, pageStyle]
      .map((text) => gzipSync(text).length)
      .reduce((sum, bytes) => sum + bytes, 0)
    expect(total).toBeLessThan(60_000) // the bound that was asked for is 120 kB
  })

  it('runs nothing that is inline, and asks nobody else', () => {
    expect(pageHtml).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=|https?:/)
    expect(pageStyle).not.toMatch(/url\(|@import/)
  })

  it('makes no markup of text', () => {
    expect(pageScript).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/)
  })

  it('carries the licence of the chart library', () => {
    expect(pageScript).toMatch(/uPlot[\s\S]*Permission is hereby granted, free of charge/)
  })
})
