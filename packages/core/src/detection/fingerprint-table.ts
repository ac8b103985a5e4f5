import { BugError } from '../errors.ts'
import { MentionedNames } from './mentioned-names.ts'
import { type BackslashReading, normaliseStatement } from './normalise-statement.ts'
import { copyOf, TextHandles } from './text-handles.ts'

/** Fingerprints that a table holds at once; whoever keeps numbers per fingerprint needs as many. */
export const fingerprintSlots = 1_024
/** The handle of a statement that has no fingerprint, such as one without a text. */
export const unknownFingerprint: number = -1

/** Characters of a statement name that count; PostgreSQL itself looks at 63 bytes. */
const maxNameLength = 64
/** Memory of all labels. Room for every slot, save where most are cut or not in Latin letters. */
const maxLabelBytes = 524_288
/**
 * Of 256 texts in a row that a fingerprint was not known by, so many are remembered. One whose values
 * are in its text has ever new ones, and remembering each would take longer than to normalise it.
 */
const rememberedTexts = 16
/** Slots that may be reserved; the rest is for statements. */
const maxReserved = 64
/** Handles stay below 2³⁰, which every engine keeps without allocating. */
const generations = 1_048_576

/**
 * Gives every statement a small number: the same for all texts that differ in values alone. A named
 * statement goes by its name. Of more fingerprints than there are slots, the least recently used
 * goes; the memory of all is bounded, whatever the statements: below 1 MiB.
 *
 * `handle % fingerprintSlots` is the slot, 0 to 1,023; ask `isCurrent` whether it is still the same
 * statement's. Handles count up to a million owners of one slot, then begin again.
 */
export class FingerprintTable {
  // Invariants: `#handles[slot]` is its owner's handle, or -1 while it is free. The owned slots that
  // are not reserved form a list from `#head`, the latest used, to `#tail`; -1 ends it. Each of them
  // has a label, which is its key in the map that `#isNamed` tells of.
  #texts: TextHandles = new TextHandles()
  #backslashes: BackslashReading = 'standard'
  readonly #forms = new Map<string, number>()
  readonly #names = new Map<string, number>()
  readonly #bytes: Uint16Array = new Uint16Array(fingerprintSlots)
  readonly #labels: string[] = Array.from({ length: fingerprintSlots }, () => '')
  readonly #handles: Int32Array = new Int32Array(fingerprintSlots).fill(-1)
  readonly #generations: Int32Array = new Int32Array(fingerprintSlots).fill(-1)
  readonly #isNamed: Uint8Array = new Uint8Array(fingerprintSlots)
  /** Texts in a row that were new, modulo 256. */
  readonly #newTexts: Uint8Array = new Uint8Array(fingerprintSlots)
  readonly #newer: Int32Array = new Int32Array(fingerprintSlots).fill(-1)
  readonly #older: Int32Array = new Int32Array(fingerprintSlots).fill(-1)
  readonly #free: number[] = Array.from(
    { length: fingerprintSlots },
    (_, at) => fingerprintSlots - 1 - at,
  )
  readonly #onEvict: ((slot: number) => void) | undefined
  #head = -1
  #tail = -1
  #reserved = 0
  #labelBytes = 0

  /** `onEvict` hears of each slot that lost its owner, before anybody else gets it. */
  constructor(options: { readonly onEvict?: (slot: number) => void } = {}) {
    this.#onEvict = options.onEvict
  }

  /** Fingerprints that are held now, reserved ones included. */
  get size(): number {
    return fingerprintSlots - this.#free.length
  }

  /**
   * A connection has told that it reads backslashes as escapes (`standard_conforming_strings` is off). From
   * now on forms end where a statement reads differently by that.
   */
  doubtBackslashes(): void {
    if (this.#backslashes === 'either') return
    this.#backslashes = 'either'
    this.#texts = new TextHandles()
  }

  /** The handle of a statement, which is now the latest used one. The hot path. */
  of(text: string, name?: string): number {
    if (name !== undefined && name !== '') return this.#ofName(name)
    const known = this.#texts.get(text)
    if (known !== undefined && this.isCurrent(known)) {
      this.#newTexts[known % fingerprintSlots] = 0
      return this.#touch(known)
    }
    const handle = this.#ofForm(normaliseStatement(text, this.#backslashes))
    const slot = handle % fingerprintSlots
    const newTexts = this.#newTexts[slot] ?? 0
    if (newTexts < rememberedTexts) this.#texts.set(text, handle)
    this.#newTexts[slot] = newTexts + 1
    return handle
  }

  /**
   * The handle of a fingerprint of our own that is never evicted. At most 64.
   * @throws {BugError} past that
   */
  reserve(label: string): number {
    if (this.#reserved >= maxReserved) throw new BugError('too many reserved fingerprints')
    this.#reserved += 1
    return this.#take(label)
  }

  /** Whether the slot of a handle is still that statement's. */
  isCurrent(handle: number): boolean {
    return this.#handles[handle % fingerprintSlots] === handle
  }

  /** What to show a person: the normal form or the name; `undefined` once it was evicted. */
  label(handle: number): string | undefined {
    return this.isCurrent(handle) ? this.#labels[handle % fingerprintSlots] : undefined
  }

  /** Statements that go by their name, so that what they mention is not known. */
  get named(): number {
    return this.#names.size
  }

  /**
   * Which of these names (of tables, say) occur as an identifier in a statement that is held now, as
   * the catalog spells them: `orders` for `Orders` and `"orders"`, `Orders` for `"Orders"` alone. A
   * column or an alias of the same name counts as well. What is not seen: statements that go by their
   * name (see `named`), and what comes after the first 512 characters of a normal form. Reads all
   * forms, which takes 1 ms for 200 of them and 10 at most: ask every minute and not every second.
   */
  mentions(names: Iterable<string>): ReadonlySet<string> {
    const mentioned = new MentionedNames(names)
    for (const form of this.#forms.keys()) {
      if (mentioned.isComplete) break
      mentioned.read(form)
    }
    return mentioned.found
  }

  #ofForm(form: string): number {
    const known = this.#forms.get(form)
    if (known !== undefined) return this.#touch(known)
    const handle = this.#take(form)
    this.#forms.set(form, handle)
    this.#own(handle, false)
    return handle
  }

  #ofName(name: string): number {
    if (name.length > maxNameLength) return this.#ofName(name.slice(0, maxNameLength))
    const known = this.#names.get(name)
    if (known !== undefined) return this.#touch(known)
    const label = copyOf(name)
    const handle = this.#take(label)
    this.#names.set(label, handle)
    this.#own(handle, true)
    return handle
  }

  /** Gives a slot to a new owner. */
  #take(label: string): number {
    const bytes = bytesOf(label)
    while (this.#free.length === 0 || this.#labelBytes + bytes > maxLabelBytes) this.#evictTail()
    const slot = this.#free.pop() ?? 0
    const generation = ((this.#generations[slot] ?? 0) + 1) % generations
    const handle = generation * fingerprintSlots + slot
    this.#generations[slot] = generation
    this.#newTexts[slot] = 0
    this.#handles[slot] = handle
    this.#labels[slot] = label
    this.#bytes[slot] = bytes
    this.#labelBytes += bytes
    return handle
  }

  #own(handle: number, isNamed: boolean): void {
    const slot = handle % fingerprintSlots
    this.#isNamed[slot] = isNamed ? 1 : 0
    this.#pushHead(slot)
  }

  #evictTail(): void {
    const slot = this.#tail
    if (slot < 0) throw new BugError('no fingerprint to evict')
    const label = this.#labels[slot] ?? ''
    this.#unlink(slot)
    if (this.#isNamed[slot] === 1) this.#names.delete(label)
    else this.#forms.delete(label)
    this.#labelBytes -= this.#bytes[slot] ?? 0
    this.#labels[slot] = ''
    this.#handles[slot] = -1
    this.#free.push(slot)
    this.#onEvict?.(slot)
  }

  #touch(handle: number): number {
    const slot = handle % fingerprintSlots
    if (slot !== this.#head) {
      this.#unlink(slot)
      this.#pushHead(slot)
    }
    return handle
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] ?? -1
    const older = this.#older[slot] ?? -1
    if (newer < 0) this.#head = older
    else this.#older[newer] = older
    if (older < 0) this.#tail = newer
    else this.#newer[older] = newer
  }

  #pushHead(slot: number): void {
    this.#newer[slot] = -1
    this.#older[slot] = this.#head
    if (this.#head < 0) this.#tail = slot
    else this.#newer[this.#head] = slot
    this.#head = slot
  }
}

/** What the characters of a label take: one character beyond Latin-1 makes all of them wide. */
function bytesOf(label: string): number {
  for (let at = 0; at < label.length; at++) {
    if (label.charCodeAt(at) > 0xff) return 2 * label.length
  }
  return label.length
}
