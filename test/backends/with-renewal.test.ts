// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Answer, Backend } from '../../src/backends/backend.ts';
import { simpleJwt } from '../../src/backends/simple-jwt.ts';
import { type RenewalOptions, withRenewal } from '../../src/backends/with-renewal.ts';
import { answerOf } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const renewing = (options: RenewalOptions) => withRenewal(simpleJwt({ baseUrl: BASE }), options);

describe('a newer token that comes along with an answer', () => {
  it.each([
    ['a.1', 'a.1'],
    ['Bearer a.1', 'a.1'],
    ['bearer  a.1', 'a.1'],
    ['JWT a.1', 'a.1'],
  ])('is found in the header, sent as %j (C46)', async (value, accessToken) => {
    const backend = renewing({ header: 'X-New-Token' });
    expect(await backend.renewed?.(answerOf(200, undefined, { 'x-new-token': value }))).toEqual({ accessToken });
  });

  it('is no token any more where it came twice (B7, SES-6)', async () => {
    const headers = new Headers([
      ['X-New-Token', 'a.1'],
      ['X-New-Token', 'a.2'],
    ]);
    const answer: Answer = { ...answerOf(200, undefined), header: (name) => headers.get(name) ?? undefined };
    // No header can carry it, so that the engine refuses it.
    expect(await renewing({ header: 'X-New-Token' }).renewed?.(answer)).toEqual({ accessToken: 'a.1, a.2' });
  });

  it.each<[string, unknown, unknown]>([
    ['token', { token: 'a.1' }, { accessToken: 'a.1' }],
    ['meta.token', { meta: { token: 'a.1' } }, { accessToken: 'a.1' }],
    ['meta.token', { meta: null }, undefined],
    ['token', { token: '' }, undefined],
    ['token', { token: 5 }, undefined],
    ['token', ['a.1'], undefined],
    ['token', undefined, undefined],
    ['token', JSON.parse('{"__proto__":{"token":"a.1"}}'), undefined],
  ])('is found in the member %s of %j: %j (C46)', async (field, body, tokens) => {
    expect(await renewing({ field }).renewed?.(answerOf(200, body))).toEqual(tokens);
  });

  it('is looked for in the body only where the header has none, and never where no member is named', async () => {
    let reads = 0;
    const answer = (headers: Readonly<Record<string, string>>): Answer => ({
      ...answerOf(200, undefined, headers),
      async body() {
        reads += 1;
        return { token: 'b.1' };
      },
    });
    const both = renewing({ header: 'X-New-Token', field: 'token' });
    expect(await both.renewed?.(answer({ 'X-New-Token': 'a.1' }))).toEqual({ accessToken: 'a.1' });
    expect(await renewing({ header: 'X-New-Token' }).renewed?.(answer({}))).toBeUndefined();
    expect(reads).toBe(0);
    expect(await both.renewed?.(answer({}))).toEqual({ accessToken: 'b.1' });
    expect(reads).toBe(1);
  });

  it('lives as long as the project says, where it does not say so itself', async () => {
    const backend = renewing({ header: 'X-New-Token', lifetime: 300_000 });
    expect(await backend.renewed?.(answerOf(200, undefined, { 'X-New-Token': 'a' }))).toMatchObject({
      lifetime: 300_000,
    });
  });
});

describe('a backend made to slide', () => {
  it('is the same but for that, and names the headers that the server has to expose (C46)', () => {
    const backend = withRenewal(renewing({ header: 'X-New-Token' }), { header: 'X-Newer-Token' });
    expect(backend.endpoints).toEqual(simpleJwt({ baseUrl: BASE }).endpoints);
    expect(backend.tokensFrom({ access: 'a', refresh: 'r' })).toMatchObject({ accessToken: 'a', refreshToken: 'r' });
    expect(backend.exposedHeaders).toEqual(['X-New-Token', 'X-Newer-Token']);
    expect(renewing({ field: 'token' }).exposedHeaders).toEqual([]);
    // No property of every object is found on it (PPL-1).
    expect('toString' in backend).toBe(false);
  });

  it('changes nothing of the backend that it was made of', () => {
    const plain: Backend = Object.freeze({ endpoints: ['/auth/'] });
    expect(withRenewal(plain, { field: 'token' }).renewed).toBeTypeOf('function');
    expect(plain.renewed).toBeUndefined();
  });

  it.each<[RenewalOptions, RegExp]>([
    [{}, /name where the token is/],
    [{ header: 'two words' }, /header must be the name of a header/],
    [{ field: '' }, /field must be text/],
    [{ header: 'X', lifetime: Number.POSITIVE_INFINITY }, /lifetime must be milliseconds/],
    [{ header: 'X', headers: [] } as never, /no option "headers"/],
  ])('refuses %j', (options, message) => {
    expect(() => renewing(options)).toThrow(message);
  });
});
