import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import axios17 from 'axios-1.7';
import fc from 'fast-check';
import { createSession, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/session/engine.ts';
import { createMayCarry } from '../../src/transports/resource-server.ts';
import { BASES, HOSTILE } from './hostile-urls.ts';

const PAGE = 'https://app.example.com/dir/page';
const API = 'https://api.example.com';
const LISTED = [API, 'https://app.example.com'];
/** `allowAbsoluteUrls`, and the resource servers. */
const CHOICES = [
  [true, undefined],
  [false, undefined],
  [true, LISTED],
  [false, LISTED],
] as const;
const VERSIONS = [
  ['1.21', axios],
  ['1.7', axios17 as unknown as typeof axios],
] as const;

beforeEach(() => {
  vi.stubGlobal('location', new URL(PAGE));
  vi.stubGlobal('document', { baseURI: PAGE });
});
afterEach(() => vi.unstubAllGlobals());

/** The rule, said once more and otherwise: parse what is sent, and compare the origin. */
function mayHaveToken(sent: string | undefined, allowed: readonly string[]): boolean {
  if (sent === undefined || !URL.canParse(sent, PAGE)) return false;
  const { origin, protocol, username, password } = new URL(sent, PAGE);
  return protocol === 'https:' && `${username}${password}` === '' && allowed.includes(origin);
}

/** What the default list is: the origin of the base URL, else the page's. */
function defaultOrigin(base: string | undefined): string {
  return URL.canParse(base ?? '', PAGE) ? new URL(base ?? '', PAGE).origin : '';
}

function uriOf(instance: AxiosInstance, config: object): string | undefined {
  try {
    return instance.getUri(config);
  } catch {
    // axios 1.21 refuses to send what lacks the slashes after its scheme.
    return undefined;
  }
}

describe.each(VERSIONS)('axios %s', (name, client) => {
  it('carries a token to a URL exactly when its final origin is allowed, for every hostile URL and base (ATT-1, ATT-2)', () => {
    let count = 0;
    for (const baseURL of BASES) {
      for (const allowAbsoluteUrls of [true, false]) {
        for (const resourceServers of [undefined, [API]]) {
          const engine = { diagnose() {}, endpoints: () => [] } as unknown as Engine;
          const mayCarry = createMayCarry(resourceServers ? { resourceServers } : {}, engine, () => baseURL);
          for (const url of HOSTILE) {
            const sent = uriOf(client.create(), { baseURL, url, allowAbsoluteUrls });
            const expected = mayHaveToken(sent, resourceServers ?? [defaultOrigin(baseURL)]);
            const where = JSON.stringify({ url, baseURL, allowAbsoluteUrls, sent });
            if (sent !== undefined) expect(`${where} ${mayCarry(sent)}`).toBe(`${where} ${expected}`);
            count += 1;
          }
        }
      }
    }
    expect(count).toBe(HOSTILE.length * BASES.length * 4);
  });

  it('attaches a token to what is sent, and to nothing else, whatever the URL is made of (ATT-1, ATT-5)', async () => {
    const backend = createFakeBackend();
    const session = createSession({ backend, store: memoryStore(), clock: createFakeClock(Date.now()) });
    await session.signIn({ username: 'alice', password: 'right' });
    const wrong: string[] = [];
    let attached = 0;
    for (const baseURL of BASES) {
      for (const [allowAbsoluteUrls, resourceServers] of CHOICES) {
        const config: object = baseURL === undefined ? {} : { baseURL };
        const instance = client.create(config);
        instance.defaults.adapter = async (seen: InternalAxiosRequestConfig) => {
          // With the defaults of a bare client, so that a base URL that was taken off is not put back.
          const sent = uriOf(client.create(), { ...seen });
          const has = seen.headers.Authorization !== undefined;
          attached += has ? 1 : 0;
          const may = mayHaveToken(sent, resourceServers ?? [defaultOrigin(baseURL)]);
          // A release that does not know `allowAbsoluteUrls` sends elsewhere than it was told to; that may go bare.
          const isBareInDoubt = !has && name === '1.7' && !allowAbsoluteUrls;
          if (sent !== undefined && has !== may && !isBareInDoubt)
            wrong.push(JSON.stringify({ has, sent, baseURL, allowAbsoluteUrls }));
          return { status: 200, statusText: '', headers: {}, config: seen, data: '', request: {} };
        };
        attachSession(instance, session, resourceServers === undefined ? {} : { resourceServers });
        for (const url of HOSTILE) await instance.get(url, { allowAbsoluteUrls } as object);
      }
    }
    expect(wrong).toEqual([]);
    expect(attached).toBeGreaterThan(HOSTILE.length);
  });
});

describe('any URL', () => {
  const piece = fc.constantFrom(
    ...'https: http: // / \\ : @ ? # . .. %2e %2f %5c evil.com api.example.com app.example.com API.example.com 443'.split(
      ' ',
    ),
    '\t',
    '\n',
    ' ',
    '\u0000',
    '。',
    'x',
    ':443',
    'https://',
    'https://api.example.com',
    'https://api.example.com/',
    'https://app.example.com/',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join('')),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: 'binary' }),
  );

  it('may carry a token exactly when the URL parser says that its origin is allowed (ATT-1)', () => {
    const engine = { diagnose() {}, endpoints: () => [] } as unknown as Engine;
    const listed = createMayCarry({ resourceServers: [API] }, engine, () => undefined);
    const byDefault = createMayCarry({}, engine, () => undefined);
    const byBase = createMayCarry({}, engine, () => `${API}/v1`);
    fc.assert(
      fc.property(text, (url) => {
        expect(listed(url)).toBe(mayHaveToken(url, [API]));
        expect(byDefault(url)).toBe(mayHaveToken(url, ['https://app.example.com']));
        expect(byBase(url)).toBe(mayHaveToken(url, [API]));
        // Once more, from memory.
        expect(listed(url)).toBe(mayHaveToken(url, [API]));
      }),
      { numRuns: 3000 },
    );
  });

  it('of a backend’s endpoint never carries one, however it is written (C20, ATT-10)', () => {
    const endpoint = `${API}/auth/token/`;
    const engine = { diagnose() {}, endpoints: () => [endpoint] } as unknown as Engine;
    const mayCarry = createMayCarry({ resourceServers: [API] }, engine, () => undefined);
    const part = fc.constantFrom(
      'auth',
      'token',
      '/',
      '//',
      '\\',
      '.',
      '..',
      '/./',
      '/../',
      '%2e',
      '\t',
      ' ',
      '?',
      '#',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const url = `${API}/${parts.join('')}`;
        const { origin, pathname } = new URL(url);
        expect(mayCarry(url)).toBe(origin + pathname !== endpoint);
      }),
      { numRuns: 3000 },
    );
  });
});
