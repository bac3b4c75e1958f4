import { inspect } from 'node:util';

/** Every token and password of these tests contains it; nothing that an app can log may. */
export const CANARY = 'CANARY';

/** How deep an error is looked into. */
const DEPTH = 8;

/**
 * Where a value shows the canary: own properties of every kind (symbols, not enumerable, getters), maps, sets, headers
 * and bytes to a depth of 8, and each way in which a logger would write it down.
 */
export function leaksIn(name: string, value: unknown): string[] {
  const leaks = pathsTo(value, name);
  const written: Record<string, () => unknown> = {
    String: () => String(value),
    JSON: () => JSON.stringify(value),
    'JSON of config': () => JSON.stringify((value as { config?: unknown } | undefined)?.config),
    inspect: () => inspect(value, { depth: DEPTH, showHidden: true, getters: true }),
    structuredClone: () => inspect(structuredClone(value), { depth: DEPTH, showHidden: true }),
    stack: () => (value as { stack?: unknown } | undefined)?.stack,
  };
  for (const [way, write] of Object.entries(written)) {
    let text: unknown;
    try {
      text = write();
    } catch {
      // Not everything can be cloned or made JSON of; then no logger can, either.
      continue;
    }
    if (String(text).includes(CANARY)) leaks.push(`${name} by ${way}`);
  }
  return leaks;
}

/** Breadth first, so that what is found at two depths is looked into from the shallower one. */
function pathsTo(root: unknown, name: string): string[] {
  const seen = new Set<unknown>();
  const paths: string[] = [];
  let level: [string, unknown][] = [[name, root]];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth += 1) {
    const next: [string, unknown][] = [];
    for (const [path, value] of level) {
      if (typeof value === 'string' && value.includes(CANARY)) paths.push(path);
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
      seen.add(value);
      next.push(...partsOf(path, value));
    }
    level = next;
  }
  return paths;
}

function partsOf(path: string, value: object): [string, unknown][] {
  const parts: [string, unknown][] = [];
  if (ArrayBuffer.isView(value)) {
    return [[`${path} as bytes`, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')]];
  }
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'string' && key.includes(CANARY)) parts.push([`${path}, a key`, key]);
    try {
      parts.push([`${path}.${String(key)}`, (value as Record<PropertyKey, unknown>)[key]]);
    } catch {
      // An own getter that throws shows nothing.
    }
  }
  if (value instanceof Map || value instanceof Set || value instanceof Headers) {
    parts.push([`${path} entries`, Array.from(value as Iterable<unknown>)]);
  }
  // What a Request or Response shows is on its prototype.
  if (value instanceof Request || value instanceof Response) parts.push([`${path}.headers`, value.headers]);
  return parts;
}
