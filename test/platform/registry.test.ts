import { afterEach, describe, expect, it, vi } from 'vitest';
import { forgetName, shareByName } from '../../src/platform/registry.ts';

const KEY = Symbol.for('latchkey');

function stored(): Map<string, object> | undefined {
  return (globalThis as { [KEY]?: Map<string, object> })[KEY];
}

afterEach(() => {
  delete (globalThis as { [KEY]?: unknown })[KEY];
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('what goes by a name', () => {
  it('is made once for a page, and another for another name (V2, C47)', () => {
    const make = vi.fn(() => ({}));
    const first = shareByName('a', make);
    expect(shareByName('a', make)).toBe(first);
    expect(shareByName('b', make)).not.toBe(first);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('is the same for every copy of the package on the page (V2)', async () => {
    const first = shareByName('a', () => ({}));
    vi.resetModules();
    const copy = await import('../../src/platform/registry.ts');
    expect(copy.shareByName).not.toBe(shareByName);
    expect(copy.shareByName('a', () => ({}))).toBe(first);
    copy.forgetName('a', first);
    expect(shareByName('a', () => ({}))).not.toBe(first);
  });

  it('makes room for another when it is forgotten, but not when something else goes by that name by now', () => {
    const first = shareByName('a', () => ({}));
    forgetName('a', {});
    expect(shareByName('a', () => ({}))).toBe(first);
    forgetName('a', first);
    forgetName('a', first);
    const second = shareByName('a', () => ({}));
    expect(second).not.toBe(first);
    forgetName('a', first);
    expect(shareByName('a', () => ({}))).toBe(second);
    expect(() => forgetName('never shared', first)).not.toThrow();
  });

  it('leaves alone what another version of the package keeps (V1)', () => {
    shareByName('a', () => ({}));
    const theirs = {};
    stored()?.set('2:a', theirs);
    const ours = shareByName('a', () => ({}));
    expect(ours).not.toBe(theirs);
    expect([...(stored()?.keys() ?? [])]).toEqual(['1:a', '2:a']);
    forgetName('a', ours);
    expect([...(stored() ?? [])]).toEqual([['2:a', theirs]]);
  });

  it('may be named like anything (PPL-2)', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '']) {
      const value = shareByName(name, () => ({ name }));
      expect(value).toEqual({ name });
      expect(shareByName(name, () => ({}))).toBe(value);
    }
  });

  it('is not kept when it could not be made', () => {
    const failing = () => {
      throw new Error('options');
    };
    expect(() => shareByName('a', failing)).toThrow('options');
    expect(shareByName('a', () => ({ made: true }))).toEqual({ made: true });
  });

  it('is shared by nobody on a server, where two users would meet (C47)', () => {
    vi.stubGlobal('document', undefined);
    const first = shareByName('a', () => ({}));
    expect(shareByName('a', () => ({}))).not.toBe(first);
    expect(stored()).toBeUndefined();
    expect(() => forgetName('a', first)).not.toThrow();
  });
});
