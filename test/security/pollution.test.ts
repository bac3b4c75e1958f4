// @vitest-environment node
import { beforeAll, describe, expect, it } from 'vitest';
import { simpleJwt } from '../../src/backends/simple-jwt.ts';
import type { Engine } from '../../src/session/engine.ts';
import { decodeClaims } from '../../src/token/claims.ts';
import { safeCause } from '../../src/token/redact.ts';
import { decodeRecord } from '../../src/token/session-record.ts';
import { readTokenResponse } from '../../src/token/token-response.ts';
import { createTokenSet } from '../../src/token/token-set.ts';
import { createMayCarry } from '../../src/transports/resource-server.ts';
import { liveOneLife } from './polluted-life.ts';

const EVIL = 'https://evil.example';

/** What an attacker would put on every object, by the name that somebody may read. */
const POLLUTION: Readonly<Record<string, unknown>> = {
  // Tokens and claims.
  exp: 1,
  iat: 1,
  sub: 'mallory',
  user_id: 'mallory',
  access: 'evil',
  refresh: 'evil',
  token: 'evil',
  access_token: 'evil',
  refresh_token: 'evil',
  token_type: 'DPoP',
  expires_in: 1,
  accessToken: 'evil',
  refreshToken: 'evil',
  tokenType: 'evil',
  lifetime: 1,
  subject: 'mallory',
  scope: 'origin',
  code: 'user_inactive',
  detail: 'evil',
  // What a store keeps.
  version: 2,
  sessionId: 'evil',
  generation: 9,
  receivedAt: 1,
  remember: true,
  tokens: { accessToken: 'evil' },
  // Options.
  baseUrl: EVIL,
  paths: { refresh: `${EVIL}/` },
  fields: { refresh: 'evil' },
  headerType: 'evil',
  sliding: true,
  blacklistNeedsAccessToken: true,
  allowInsecure: true,
  resourceServers: [EVIL],
  allowedOrigins: [EVIL],
  judge: () => ({ ended: 'provider' }),
  present: () => ({ headers: { 'X-Token': 'evil' } }),
  verify: () => 'refused',
  endpoints: ['https://api.example.com/x'],
  credential: 'cookie',
  fetch: () => Promise.reject(new Error('evil')),
  storage: 'evil',
  synchronous: false,
  subscribe: () => () => {},
  maxAge: 1,
  name: 'evil',
  patience: 1,
  refreshWindow: 1,
  restore: 'verify',
  everywhere: true,
  keepalive: true,
  // Requests.
  anonymous: true,
  headers: { Authorization: 'Bearer evil' },
  Authorization: 'Bearer evil',
  authorization: 'Bearer evil',
  baseURL: EVIL,
  url: EVIL,
  method: 'DELETE',
  body: 'evil',
  data: 'evil',
  auth: { username: 'evil', password: 'evil' },
  adapter: () => Promise.reject(new Error('evil')),
  timeout: 1,
  signal: AbortSignal.abort(),
  cancelToken: { reason: 'evil', subscribe() {}, unsubscribe() {} },
  credentials: 'include',
  redirect: 'follow',
  pipe: () => {},
  // Answers and errors.
  status: 401,
  redirected: true,
  type: 'opaqueredirect',
  cause: 'evil',
  retryAfter: 1,
  reason: 'provider',
  ended: 'provider',
  over: new Error('evil'),
  isAuthError: true,
  // The language.
  toJSON: () => 'evil',
  // biome-ignore lint/suspicious/noThenProperty: it is what must do no harm.
  then: 'evil',
  value: 'evil',
  values: 'evil',
  entries: 'evil',
  length: 1,
  prototype: {},
  0: 'evil',
};

let clean: string[] = [];
beforeAll(async () => {
  clean = await liveOneLife(() => {});
});

async function livePolluted(key: string): Promise<string[]> {
  const before = Object.getOwnPropertyDescriptor(Object.prototype, key);
  try {
    return await liveOneLife(() => {
      Object.defineProperty(Object.prototype, key, {
        __proto__: null,
        value: POLLUTION[key],
        configurable: true,
        writable: true,
      } as PropertyDescriptor);
    });
  } finally {
    if (before === undefined) Reflect.deleteProperty(Object.prototype, key);
    else Object.defineProperty(Object.prototype, key, before);
  }
}

/** Every object of the language has it while this runs; the platform's own code is asked for nothing meanwhile. */
function under<T>(key: string, value: unknown, work: () => T): T {
  const descriptor = { __proto__: null, value, configurable: true, writable: true } as PropertyDescriptor;
  Object.defineProperty(Object.prototype, key, descriptor);
  try {
    return work();
  } finally {
    Reflect.deleteProperty(Object.prototype, key);
  }
}

describe('what would break fetch itself', () => {
  const record = { version: 1, sessionId: 's', generation: 1, receivedAt: 0, tokens: { accessToken: 'a.b.c' } };
  const engine = { diagnose() {}, endpoints: () => [] } as unknown as Engine;
  const jwt = `eyJ9.${Buffer.from('{"sub":"alice","iat":1,"exp":301}').toString('base64url')}.s`;

  it.each([
    ['get', () => 'evil'],
    ['set', () => {}],
    ['get', 'evil'],
    ['then', (resolve: (value: unknown) => void) => resolve('evil')],
  ])('changes nothing in what reads tokens, records and URLs: %s (PPL-1)', (key, value) => {
    const read = (): unknown[] => [
      createTokenSet({ accessToken: jwt }, 0),
      readTokenResponse({ access_token: 'a', expires_in: 5 }),
      decodeRecord(record),
      decodeClaims(jwt),
      createMayCarry({ resourceServers: ['https://a.example'] }, engine, () => undefined)('https://a.example/x'),
      safeCause(new Error('x', { cause: 'y' })).message,
      simpleJwt({ baseUrl: 'https://a.example' }).endpoints,
    ];
    const expected = read();
    expect(under(key, value, read)).toEqual(expected);
  });
});

describe('a life of a session', () => {
  it('is the same each time, and long enough to tell something (PPL-1)', async () => {
    expect(clean).toContain('signed-in user,[object Object]');
    expect(clean.filter((line) => line.includes('Authorization,Bearer')).length).toBeGreaterThan(5);
    expect(clean.filter((line) => line.includes('evil.example') && line.includes('Bearer'))).toEqual([]);
    expect(clean.filter((line) => line.includes('Error'))).toEqual([
      'SignedOutError: Signed out (refresh-rejected): call session.signIn().',
    ]);
    expect(await liveOneLife(() => {})).toEqual(clean);
  });

  it.each(Object.keys(POLLUTION))('goes no other way when every object has a %s (PPL-1)', async (key) => {
    const lines = await livePolluted(key);
    expect(Object.hasOwn(Object.prototype, key)).toBe(false);
    expect(lines).toEqual(clean);
  });
});
