import { describe, expect, it } from 'vitest'
import { readDoctorArguments } from '../../src/doctor/doctor-arguments.ts'
import { UsageError } from '../../src/usage-error.ts'

const url = 'postgres://bob:hunter2@db.example.net/shop'

describe('readDoctorArguments', () => {
  it('has defaults', () => {
    expect(readDoctorArguments([url], {})).toEqual({
      connectionString: url,
      isJson: false,
      asked: { max: undefined, processes: 1 },
      samples: 30,
      timeoutMs: 5_000,
    })
  })
  it('takes the URL from DATABASE_URL, unless one is given', () => {
    const env = { DATABASE_URL: 'postgres://from-env/shop' }
    expect(readDoctorArguments([], env).connectionString).toBe('postgres://from-env/shop')
    expect(readDoctorArguments([url], env).connectionString).toBe(url)
  })
  it.each([
    ['no URL', []],
    ['two', [url, url]],
    ['one of another database', ['mysql://bob:hunter2@db']],
    ['an unknown option', [url, '--nope']],
    ['a URL in the place of an option', [`--${url}`]],
    ['no number', [url, '--max', 'many']],
    ['a number out of range', [url, '--samples', '9']],
    ['a fraction', [url, '--processes', '1.5']],
    ['an option without its value', [url, '--timeout-ms']],
  ])('refuses %s, and does not show what was typed as a URL', (_what, args) => {
    const read = (): unknown => readDoctorArguments(args, {})
    expect(read).toThrow(UsageError)
    expect(read).not.toThrow(/hunter2|bob/)
  })
})
