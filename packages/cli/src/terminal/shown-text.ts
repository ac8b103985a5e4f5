import { printable } from '@hale/core'

const MOST_CHARACTERS = 1_000

/** What somebody else wrote, as a terminal may get it: bounded, and nothing that it would take for a command. */
export function shownText(text: unknown): string {
  return printable(String(text).slice(0, MOST_CHARACTERS))
}
