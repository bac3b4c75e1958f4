// @vitest-environment node
import { readFile } from 'node:fs/promises';
import type { AxiosInstance } from 'axios';
import type { Session } from 'latchkey';
import { bypass, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { type FlaskServer, startFlask } from '../servers/flask/start.mjs';
import { blocksOf, pythonOf, writeBlocks } from '../support/blocks.ts';

interface Page {
  readonly api: AxiosInstance;
  readonly session: Session<{ username: string; password: string }, { readonly username?: string }>;
}
type Blocks = Awaited<ReturnType<typeof writeBlocks>>;

const ALICE = { username: 'alice', password: 'alice-pass-1' };
let django: DjangoServer;
let flask: FlaskServer;
/** Where `https://api.example.com` is, and what its paths are called there. */
let behind: (path: string) => string;
const gate = setupServer(
  http.all('https://api.example.com/*', async ({ request }) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    headers.delete('origin');
    const body = method === 'GET' ? null : await request.text();
    return await fetch(bypass(behind(pathname) + search, { method, headers, body }));
  }),
);
let sessions: Page['session'][] = [];

beforeAll(async () => {
  [django, flask] = await Promise.all([startDjango(), startFlask()]);
  gate.listen({ onUnhandledRequest: 'bypass' });
});
afterAll(async () => {
  gate.close();
  await Promise.all([django?.stop(), flask?.stop()]);
});
beforeEach(async () => {
  vi.resetModules();
  await Promise.all([django.reset(), flask.reset()]);
});
afterEach(() => {
  for (const session of sessions) session.dispose();
  sessions = [];
});

async function load(block: Blocks, file: string): Promise<Page> {
  const page = (await block(file)) as unknown as Page;
  sessions.push(page.session);
  return page;
}

describe('docs/servers/simplejwt.md', () => {
  let block: Blocks;
  beforeAll(async () => {
    block = await writeBlocks('simplejwt', 'docs/servers/simplejwt.md');
  });
  beforeEach(() => {
    behind = (path) => django.url + path;
  });

  it('signs in, asks for the user, and signs out on all devices', async () => {
    const { api, session } = await load(block, 'session.ts');
    await session.signIn(ALICE, { remember: true });
    expect((await api.get('/api/me/')).data).toMatchObject({ username: 'alice' });
    await session.signOut({ everywhere: true });
    const paths = (await django.log()).map(({ path, status }) => `${path} ${status}`);
    expect(paths.slice(-2)).toEqual(['/auth/logout/all/ 204', '/auth/token/blacklist/ 401']);
  });

  it('slides', async () => {
    await django.set({ slideHeader: 'X-New-Token' });
    const { session } = await load(block, 'sliding.ts');
    await session.signIn(ALICE);
    const before = await session.getAccessToken();
    const { createAuthorizedFetch } = await import('latchkey/fetch');
    const send = createAuthorizedFetch(session, { resourceServers: ['https://api.example.com'] });
    // A token of the same second is no newer one.
    await expect
      .poll(async () => (await send('https://api.example.com/api/me/')).ok && (await session.getAccessToken()), {
        timeout: 5000,
      })
      .not.toBe(before);
    expect(await django.count('/auth/token/refresh/')).toBe(0);
  });

  it('costs a visitor in cookie mode no request, and speaks of backends that are there', async () => {
    const { session } = await load(block, 'cookie-mode.ts');
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(await django.log()).toEqual([]);
    const { jar, legacy } = await block('others.ts');
    expect(jar).toMatchObject({
      credential: 'cookie',
      endpoints: expect.arrayContaining(['https://api.example.com/jar/login/']),
    });
    expect(legacy).toMatchObject({ endpoints: expect.arrayContaining(['https://api.example.com/api-token-refresh/']) });
  });
});

describe('docs/servers/djoser.md', () => {
  it('registers somebody, signs them in, and shows who they are', async () => {
    behind = (path) => django.url + path.replace('/auth/', '/auth/djoser/');
    const block = await writeBlocks('djoser', 'docs/servers/djoser.md');
    const { session } = await load(block, 'session.ts');
    const { register } = (await block('register.ts')) as { register(...texts: string[]): Promise<void> };
    await register('dora', 'dora@example.com', 'dora-pass-1');
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { username: 'dora' } });
  });
});

describe('docs/servers/flask-jwt-extended.md', () => {
  let block: Blocks;
  beforeAll(async () => {
    block = await writeBlocks('flask', 'docs/servers/flask-jwt-extended.md');
  });
  beforeEach(() => {
    // Its views are those of the page.
    behind = (path) => flask.url + path.replace('/auth/', '/recipe/');
  });

  it('signs in, asks for the user, and signs out on all devices', async () => {
    const { api, session } = await load(block, 'session.ts');
    await session.signIn(ALICE, { remember: true });
    expect((await api.get('/api/me')).data).toMatchObject({ username: 'alice' });
    await session.signOut({ everywhere: true });
    const paths = (await flask.log()).map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(paths.filter((path) => path.includes('logout'))[0]).toBe('DELETE /recipe/logout/all 200');
  });

  it('asks for the password where a fresh token is required (B6)', async () => {
    vi.stubGlobal('prompt', () => ALICE.password);
    const { session } = await load(block, 'fresh.ts');
    const { createAuthorizedFetch } = await import('latchkey/fetch');
    const send = createAuthorizedFetch(session, { resourceServers: ['https://api.example.com'] });
    await session.signIn(ALICE);
    await session.refresh();
    expect((await send('https://api.example.com/api/fresh')).status).toBe(200);
    expect(await flask.count('/recipe/login')).toBe(2);
  });

  it('costs a visitor in cookie mode no request', async () => {
    const { session } = await load(block, 'cookie-mode.ts');
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(await flask.log()).toEqual([]);
  });
});

describe.each([
  ['docs/servers/simplejwt.md', 'django'],
  ['docs/servers/flask-jwt-extended.md', 'flask'],
])('the Python of %s', (page, server) => {
  it('is, but for settings, what the servers of these tests run', async () => {
    const blocks = (await pythonOf(page)).filter(({ file }) => file !== 'settings.py');
    expect(blocks.length).toBeGreaterThan(1);
    for (const { file, code } of blocks) {
      const source = await readFile(`test/servers/${server}/${file}`, 'utf8');
      for (const part of code.trim().split('\n\n\n')) expect(source).toContain(part.trim());
    }
  });
});

it('has a page for each server, whose every block names its file', async () => {
  for (const page of ['simplejwt', 'djoser', 'flask-jwt-extended', 'oauth']) {
    expect((await blocksOf(`docs/servers/${page}.md`)).length).toBeGreaterThan(0);
  }
});
