import fc from 'fast-check'

function boom(): never {
  throw new Error('code of the value ran')
}

/** A handler all of whose traps throw. */
const traps: ProxyHandler<object> = {
  apply: boom,
  construct: boom,
  defineProperty: boom,
  deleteProperty: boom,
  get: boom,
  getOwnPropertyDescriptor: boom,
  getPrototypeOf: boom,
  has: boom,
  isExtensible: boom,
  ownKeys: boom,
  preventExtensions: boom,
  set: boom,
  setPrototypeOf: boom,
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** An object whose values are the same, each behind a getter that throws. */
export function withThrowingGetters(keys: readonly string[]): object {
  const getters = keys.map((key) => [key, { get: boom, enumerable: true }] as const)
  return Object.defineProperties({}, Object.fromEntries(getters))
}

/** Values that run code, or fail, as soon as somebody looks at them in a way that they do not expect. */
export function hostileValues(): readonly unknown[] {
  const cyclic: Record<string, unknown> = {}
  Object.assign(cyclic, { cause: cyclic, errors: [cyclic], health: cyclic, thresholds: cyclic })
  const endless: unknown = new Proxy(() => {}, { get: () => endless, apply: () => endless })
  return [
    new Proxy({}, traps),
    new Proxy([], traps),
    new Proxy(boom, traps),
    revoked({}),
    revoked([]),
    revoked(boom),
    cyclic,
    endless,
    Object.create(null),
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
    JSON.parse('["__proto__","constructor","hasOwnProperty"]'),
    { toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom },
    { [Symbol.iterator]: boom, length: 2 ** 32 },
    Object.defineProperty([1, 2], 1, { get: boom }),
    new Array(2 ** 32 - 1),
    Symbol('x'),
    10n ** 400n,
    Number.NaN,
    -0,
    Number.POSITIVE_INFINITY,
    -1,
    2 ** 53,
    'x'.repeat(1_000_000),
    '\0\u001b[2J\r\n\u202e',
    new Date(Number.NaN),
    boom,
    async () => boom(),
    class {},
    null,
    undefined,
    '',
    true,
    false,
  ]
}

/** A value that is made when it is asked for, as fast-check itself would look into it. */
export type Thunk = () => unknown

/** Any of these, or whatever else there is. */
export function anyHostile(): fc.Arbitrary<Thunk> {
  const hostile = hostileValues()
  const index = fc.nat(hostile.length - 1).map(
    (at): Thunk =>
      () =>
        hostile[at],
  )
  const others = fc
    .anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    .map(
      (value): Thunk =>
        () =>
          value,
    )
  return fc.oneof(index, others)
}

/** An object with some of these keys, each with anything in it; `__proto__` is a key like any other. */
export function hostileRecord(keys: readonly string[]): fc.Arbitrary<() => object> {
  const entry = fc.tuple(fc.constantFrom(...keys), anyHostile())
  return fc
    .array(entry, { maxLength: 8 })
    .map((entries) => () => Object.fromEntries(entries.map(([key, make]) => [key, make()])))
}

/** Keys that `Object.prototype` has of its own. */
export const prototypeKeys: readonly string[] = Object.getOwnPropertyNames(Object.prototype)
