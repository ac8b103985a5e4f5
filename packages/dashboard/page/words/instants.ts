import { age } from './quantities.ts'

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const minutes = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

/** `14:03:12` of the viewer's own day. */
export function clockTime(at: number): string {
  return clock.format(at)
}

/** `14:03`. */
export function clockMinute(at: number): string {
  return minutes.format(at)
}

/** `for 4.5 min`, where it began at `since`. */
export function lasting(since: number, until: number): string {
  return `for ${age(until - since)}`
}

/** `4.5 min ago`. */
export function ago(at: number, now: number): string {
  return now - at < 2_000 ? 'just now' : `${age(now - at)} ago`
}
