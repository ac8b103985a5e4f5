import { describe, expect, it } from 'vitest'
import { placeOf } from '../../src/http/mount.ts'

describe('placeOf', () => {
  it('finds what is below the mount', () => {
    expect(placeOf('/', '')).toEqual({ path: '/' })
    expect(placeOf('/page.js?v=1', '')).toEqual({ path: '/page.js' })
    expect(placeOf('/ops/hale/events', '/ops/hale')).toEqual({ path: '/events' })
    expect(placeOf('http://localhost:3000/hale/events#x', '/hale')).toEqual({ path: '/events' })
  })
  it('knows nothing else', () => {
    const urls = ['/other', '/page.js/', '/..', '//', '/constructor', '/halevents', '/hal', '*', '']
    for (const url of urls) expect(placeOf(url, '/hale')).toBeUndefined()
    for (const url of urls.filter((each) => each !== '')) expect(placeOf(url, '')).toBeUndefined()
  })
  it('leads to the page by a relative redirect where the slash is missing', () => {
    expect(placeOf('/hale', '/hale')).toEqual({ redirect: './hale/' })
    expect(placeOf('/ops/hale?x', '/ops/hale')).toEqual({ redirect: './hale/' })
  })
  it('sees by the original URL that a server has cut the slash off', () => {
    expect(placeOf('/', '', '/hale')).toEqual({ redirect: './hale/' })
    expect(placeOf('/?x=/', '', '/hale?x=/')).toEqual({ redirect: './hale/' })
    expect(placeOf('/', '', '/hale/')).toEqual({ path: '/' })
    expect(placeOf('/', '', '//evil.example')).toEqual({ redirect: './evil.example/' })
  })
})
