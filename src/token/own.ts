/**
 * Reads an own property of something that came from outside: storage, a token, a server. Inherited ones do not count,
 * so that a polluted `Object.prototype` never becomes a token, an expiry or an origin (PPL-1).
 */
export function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Whether a value is an object that JSON writes with braces: not null, not an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of the options that somebody gave, without anything that they merely inherit (PPL-1). */
export function ownOptions<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options);
}
