// @vitest-environment node
import axios from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAuthError } from '../../src/errors.ts';
import { type Answer, type CanaryWorld, createCanaryWorld, outcomeOf, USER } from './canary-world.ts';

let world: CanaryWorld;
beforeEach(async () => {
  // Each failure holds the next refresh back for longer than anybody waits: what is shown is what it failed with.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  world = await createCanaryWorld(() => ({ patience: 400 }));
});
afterEach(() => world.close());

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** The worst that a server does with what it was sent: it sends it back. */
const echo =
  (status: number, wrap: (text: string) => string): Answer =>
  (response, { body }) =>
    response.writeHead(status).end(wrap(body));

const FAILURES: readonly [string, Answer][] = [
  ['401 with a code', reply(401, '{"detail":"x","code":"token_not_valid"}')],
  ['401 that echoes what it was sent', echo(401, (text) => JSON.stringify({ detail: text, code: 'token_not_valid' }))],
  ['400 that echoes it in a field', echo(400, (text) => JSON.stringify({ refresh: [text], username: [text] }))],
  ['400 that echoes it as a code', echo(400, (text) => JSON.stringify({ code: text, error: text }))],
  ['400 that echoes each value as a field', echo(400, keysOf)],
  ['400 that says what it was sent in prose', echo(400, proseOf)],
  ['500 that echoes it', echo(500, (text) => text)],
  ['HTML that echoes it', echo(200, (text) => `<pre>${text}</pre>`)],
  ['200 that echoes it without a token', echo(200, (text) => JSON.stringify({ detail: text }))],
  ['200 with a token that no header may carry', reply(200, '{"access":"CANARY\\r\\nX: y","refresh":"CANARY"}')],
  ['200 with a token that is no text', reply(200, '{"access":["CANARY"]}')],
  ['200 that is cut', reply(200, '{"access":"CANARY')],
  ['429 with Retry-After', reply(429, '{"detail":"password=CANARY"}', { 'Retry-After': '5' })],
  ['a redirect that has it in its URL', reply(307, '', { Location: '/elsewhere?refresh=CANARY' })],
  ['a connection that is cut', (response) => response.destroy()],
];

function keysOf(text: string): string {
  return JSON.stringify(Object.fromEntries(Object.values(JSON.parse(text)).map((value) => [value, ['unknown']])));
}

function proseOf(text: string): string {
  return JSON.stringify({ detail: `I know nothing of ${Object.values(JSON.parse(text)).join(' or ')}, sorry` });
}

describe('a sign-in', () => {
  it.each(FAILURES)('that is answered %s shows no password and no token (LOG-1, LOG-2, LOG-6)', async (_, answer) => {
    world.answers.signIn = answer;
    const error = await outcomeOf(() => world.session.signIn(USER));
    expect(isAuthError(error)).toBe(true);
    world.show('error', error);
    expect(world.server.got[0]?.body).toContain('CANARY');
    expect(world.leaks()).toEqual([]);
  });

  it('that never answers shows no password (LOG-1)', async () => {
    world.answers.signIn = () => void world.clock.advance(30_000);
    world.show('error', await outcomeOf(() => world.session.signIn(USER)));
    expect(world.leaks()).toEqual([]);
  });

  it('that succeeds, a refresh and a sign-out show no token in any event, nor in the state (LOG-1, EVT-1)', async () => {
    world.show('user', await world.session.signIn(USER));
    await world.session.refresh();
    await world.session.signOut();
    expect(world.server.got).toHaveLength(3);
    expect(world.shown()).toBeGreaterThan(3);
    expect(world.leaks()).toEqual([]);
  });
});

describe('a refresh', () => {
  it.each(FAILURES)('that is answered %s shows no token to anybody (LOG-1, LOG-2)', async (_, answer) => {
    await world.session.signIn(USER);
    world.answers.refresh = answer;
    world.answers.api = reply(401, '{"detail":"expired"}');
    const api = axios.create({ baseURL: world.server.url });
    attachSession(api, world.session);
    const authorized = createAuthorizedFetch(world.session, { resourceServers: [world.server.url] });
    world.show('refresh', await outcomeOf(() => world.session.refresh()));
    await world.clock.advance(301_000);
    world.show('axios', await outcomeOf(() => api.get('/x')));
    // Longer than any backoff of tokens with this life, so that each of them has a failure of its own.
    await world.clock.advance(100_000);
    world.show('fetch', await outcomeOf(() => authorized(`${world.server.url}/x`)));
    await world.clock.advance(100_000);
    world.show('token', await outcomeOf(() => world.session.getAccessToken()));
    expect(world.server.got.some(({ path, body }) => path.endsWith('/refresh/') && body.includes('CANARY'))).toBe(true);
    expect(world.leaks()).toEqual([]);
  });

  it('that never answers shows no token (LOG-1)', async () => {
    await world.session.signIn(USER);
    world.answers.refresh = () => void world.clock.advance(30_000);
    world.show('error', await outcomeOf(() => world.session.refresh()));
    expect(world.leaks()).toEqual([]);
  });

  it('whose answer is of somebody else shows neither’s token (LOG-1)', async () => {
    await world.session.signIn(USER);
    const payload = Buffer.from('{"sub":"bob"}').toString('base64url');
    world.answers.refresh = reply(200, `{"access":"eyJhbGciOiJIUzI1NiJ9.${payload}.CANARY"}`);
    world.show('error', await outcomeOf(() => world.session.refresh()));
    expect(world.leaks()).toEqual([]);
  });
});

describe('a sign-out', () => {
  it.each(FAILURES)('that is answered %s shows no token (LOG-1)', async (_, answer) => {
    await world.session.signIn(USER);
    world.answers.revoke = answer;
    world.show('outcome', await outcomeOf(() => world.session.signOut()));
    world.show('token', await outcomeOf(() => world.session.getAccessToken()));
    expect(world.server.got).toHaveLength(2);
    expect(world.leaks()).toEqual([]);
  });
});

describe('tokens got elsewhere', () => {
  it.each([
    ['no usable token', { accessToken: 'CANARY \r\n' }],
    ['a token that is an object', { accessToken: { CANARY: 'CANARY' } }],
    ['a type that is none', { accessToken: 'CANARY', tokenType: 'CANARY CANARY' }],
    ['the server’s own names', { access: 'CANARY' }],
    ['text', 'CANARY'],
  ])('that are %s are refused without being shown (LOG-1)', async (_, tokens) => {
    const error = await outcomeOf(() => world.session.signInWithTokens(tokens as never));
    expect(error).toMatchObject({ code: 'token-response' });
    world.show('error', error);
    expect(world.leaks()).toEqual([]);
  });
});
