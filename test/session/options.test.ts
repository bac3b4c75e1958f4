import { createSession, memoryStore, type SessionOptions } from 'latchkey';
import { describe, expect, it } from 'vitest';

const GOOD = { backend: {}, store: memoryStore() };

describe('createSession', () => {
  it('takes a plain object for a backend, and any store', () => {
    expect(createSession(GOOD).getState()).toEqual({ status: 'restoring' });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /createSession\(\{ backend, store \}\)/],
    ['no backend', { store: GOOD.store }, /backend is missing.*simpleJwt/],
    ['no store: it has no default (STO-1)', { backend: {} }, /store is no token store.*localStorageStore/],
    ['a store that is none', { ...GOOD, store: { load() {} } }, /store is no token store/],
    ['an option that does not exist', { ...GOOD, stoer: 1 }, /no option "stoer".*store/],
    ['a name that no cookie could have', { ...GOOD, name: 'a b' }, /name may have/],
    ['an empty name', { ...GOOD, name: '' }, /name may have/],
    ['a negative window', { ...GOOD, refreshWindow: -1 }, /refreshWindow must be/],
    ['a window that is no number', { ...GOOD, refreshWindow: Number.NaN }, /refreshWindow must be/],
    ['a fraction beyond 1', { ...GOOD, refreshWindow: { fraction: 2 } }, /refreshWindow must be/],
    ['no patience at all', { ...GOOD, patience: 0 }, /patience must be/],
    ['a wrong restore', { ...GOOD, restore: 'maybe' }, /'trust' or 'verify'/],
    ['a clock that is none', { ...GOOD, clock: {} }, /clock must have/],
    ['a backend function that is none', { ...GOOD, backend: { refresh: 'x' } }, /backend\.refresh must be a function/],
    ['a wrong credential', { ...GOOD, backend: { credential: 'x' } }, /backend\.credential/],
    ['wrong headers', { ...GOOD, backend: { exposedHeaders: 'X' } }, /backend\.exposedHeaders must be a list/],
    ['no function that renews', { ...GOOD, backend: { renewed: 5 } }, /backend\.renewed must be a function/],
    ['wrong endpoints', { ...GOOD, backend: { endpoints: 'x' } }, /backend\.endpoints/],
  ])('refuses %s, naming the option and the fix', (_, options, message) => {
    expect(() => createSession(options as SessionOptions)).toThrow(TypeError);
    expect(() => createSession(options as SessionOptions)).toThrow(message);
  });
});
