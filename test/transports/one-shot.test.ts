// @vitest-environment node
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isOneShot } from '../../src/transports/one-shot.ts';
import { readJson } from '../../src/transports/read-json.ts';
import { eitherSignal } from '../../src/transports/wire.ts';

/** A stream of a browser that cannot be iterated over, as Safari's could not for long. */
const olderWebStream = () => Object.setPrototypeOf({ getReader: () => ({}) }, null);
/** A stream of the first Node.js, or of a library of those days. */
const olderNodeStream = () => ({ pipe: () => {} });
async function* generator() {
  yield 'once';
}

afterEach(() => vi.unstubAllGlobals());

describe('a body that can be read once', () => {
  it.each<[string, () => unknown]>([
    ['a web stream', () => new Blob(['x']).stream()],
    ['a web stream that nobody can iterate over', olderWebStream],
    ['a node stream', () => Readable.from(['x'])],
    ['a node stream that nobody can iterate over', olderNodeStream],
    ['a generator', generator],
    ['anything that is read like one', () => ({ [Symbol.asyncIterator]: generator })],
  ])('is %s (C15)', (_, make) => expect(isOneShot(make())).toBe(true));

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['bytes', new Uint8Array(1)],
    ['a buffer', new ArrayBuffer(1)],
    ['a Blob', new Blob(['x'])],
    ['a form', new FormData()],
    ['a query', new URLSearchParams('x=1')],
    ['an object', { pipe: 'x', getReader: true }],
    ['a list', ['x']],
  ])('is not %s (C15)', (_, body) => expect(isOneShot(body)).toBe(false));
});

describe('the JSON of an answer', () => {
  const text = '{"a":"ß"}';
  it.each<[string, unknown]>([
    ['a text', text],
    ['a Blob', new Blob([text])],
    ['a buffer', new TextEncoder().encode(text).buffer],
    ['bytes', new TextEncoder().encode(text)],
    ['a part of a buffer', new DataView(new TextEncoder().encode(`..${text}`).buffer, 2)],
    ['what axios has read already', { a: 'ß' }],
  ])('is read from %s (C21)', async (_, data) => expect(await readJson(data)).toEqual({ a: 'ß' }));

  it.each<[string, () => unknown]>([
    ['a text that is none', () => '<html>'],
    ['an empty text', () => ''],
    ['a Blob of something else', () => new Blob(['<html>'])],
    ['bytes of something else', () => new Uint8Array([0xff])],
    ['a web stream that nobody can iterate over', olderWebStream],
    ['a node stream that nobody can iterate over', olderNodeStream],
    ['no answer', () => undefined],
  ])('is undefined for %s, and no error (C21)', async (_, make) => expect(await readJson(make())).toBeUndefined());

  it('that axios has read already is there as well where the platform has no Blob (C21)', async () => {
    vi.stubGlobal('Blob', undefined);
    const data = { code: 'token_not_valid' };
    expect(await readJson(data)).toBe(data);
    expect(await readJson(new TextEncoder().encode(text))).toEqual({ a: 'ß' });
  });
});

describe('the signal of a request', () => {
  it.each(['the caller', 'the session'])(
    'aborts by %s, whichever is first, with that one’s reason (C19, C35)',
    (who) => {
      const [own, end] = [new AbortController(), new AbortController()];
      const signal = eitherSignal(own.signal, end.signal);
      expect(signal.aborted).toBe(false);
      (who === 'the caller' ? own : end).abort(who);
      expect([signal.aborted, signal.reason]).toEqual([true, who]);
    },
  );

  it.each([undefined, null])('is that of the session when the caller’s is %s (C35)', (own) => {
    const { signal } = new AbortController();
    expect(eitherSignal(own, signal)).toBe(signal);
  });

  it('is the caller’s alone where a browser cannot join the two (C19)', () => {
    vi.stubGlobal('AbortSignal', {});
    const [own, end] = [new AbortController().signal, new AbortController().signal];
    expect(eitherSignal(own, end)).toBe(own);
  });
});
