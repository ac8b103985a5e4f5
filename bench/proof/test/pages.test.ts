import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { allFaults } from '../../faults/catalogue/all-faults.ts'
import { isConceded } from '../../faults/concessions.ts'
import type { Cell } from '../../faults/measure.ts'
import { brokenPromises, defeatsOf } from '../../faults/verdicts.ts'
import { renderPages, root } from '../pages.ts'
import { readResults } from '../results.ts'

describe('pages with numbers', () => {
  it('say what the saved results say: run `npm run bench:proof -- --render`', async () => {
    const pages = await renderPages()
    for (const [path, text] of pages) {
      expect(await readFile(new URL(path, root), 'utf8'), path).toBe(text)
    }
  })
})

describe('the saved fault matrix', () => {
  it('is of every fault and keeps every promise', async () => {
    const cells = (await readResults<readonly Cell[]>('faults'))?.found ?? []
    expect(new Set(cells.map(({ fault }) => fault))).toEqual(new Set(allFaults.map(({ id }) => id)))
    const broken = allFaults.flatMap((fault) =>
      cells
        .filter(({ fault: id, contender }) => id === fault.id && contender.startsWith('hale-'))
        .flatMap((cell) => brokenPromises(fault, cell).map((what) => `${fault.id}: ${what}`)),
    )
    expect(broken).toEqual([])
  })

  it('has a reason for every cell in which somebody did better than Hale', async () => {
    const cells = (await readResults<readonly Cell[]>('faults'))?.found ?? []
    expect(defeatsOf(cells).filter((defeat) => !isConceded(defeat))).toEqual([])
  })
})
