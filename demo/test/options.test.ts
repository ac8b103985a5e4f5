import { describe, expect, it } from 'vitest'
import { parseOptions } from '../options.ts'

const none = { help: false, quick: false, serve: false, port: undefined, json: undefined }

describe('parseOptions', () => {
  it('plays in full by default', () => {
    expect(parseOptions([])).toEqual(none)
  })

  it('takes the file of --json', () => {
    expect(parseOptions(['--quick', '--json', 'out.json'])).toEqual({
      ...none,
      quick: true,
      json: 'out.json',
    })
  })

  it('names a flag that it does not know', () => {
    expect(() => parseOptions(['--fast'])).toThrow('--fast')
  })

  it('serves on the port of --port', () => {
    expect(parseOptions(['--serve', '--port', '8080'])).toEqual({
      ...none,
      serve: true,
      port: 8080,
    })
  })

  it.each(['0', '65536', '80a', '-1', ''])('takes %j for no port', (port) => {
    expect(() => parseOptions(['--serve', `--port=${port}`])).toThrow('1 to 65535')
  })

  it.each([['--quick'], ['--json=out.json']])('refuses %s with --serve', (flag) => {
    expect(() => parseOptions(['--serve', flag])).toThrow('--serve plays no acts')
  })

  it('refuses --port without --serve', () => {
    expect(() => parseOptions(['--port=8080'])).toThrow('--serve')
  })
})
