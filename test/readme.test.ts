// @vitest-environment-options { "url": "https://app.example.com/list?page=2" }
import { readFile } from 'node:fs/promises';
import { localStorageStore, type Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { normalizeOptions } from '../src/session/options.ts';
import { createPlatform } from '../src/session/platform.ts';
import { createSessionOn } from '../src/session/session.ts';
import { apiExample, sent } from './support/api-example.ts';
import { writeBlocks } from './support/blocks.ts';

beforeAll(() => apiExample.listen({ onUnhandledRequest: 'error' }));
afterAll(() => apiExample.close());
beforeEach(() => {
  sent.length = 0;
  localStorage.clear();
  vi.resetModules();
});
afterEach(() => {
  vi.restoreAllMocks();
  // Each test loads its modules anew, and is a page of its own: nothing is left of the session of the one before.
  const shared = (globalThis as { [key: symbol]: unknown })[Symbol.for('latchkey')] as
    | Map<string, { readonly session: Session }>
    | undefined;
  for (const { session } of [...(shared?.values() ?? [])]) session.dispose();
});

type Import = Awaited<ReturnType<typeof writeBlocks>>;
const sessionOf = async (block: Import): Promise<Session<{ username: string; password: string }>> =>
  (await block('session.ts')).session as never;
const ALICE = { username: 'alice', password: 'alice-pass-1' };

describe('the README', () => {
  let block: Import;
  beforeAll(async () => {
    block = await writeBlocks('readme', 'README.md');
  });

  it('has fewer than 200 lines', async () => {
    expect((await readFile('README.md', 'utf8')).split('\n').length).toBeLessThan(200);
  });

  it('signs in, asks who it is, and signs out', async () => {
    vi.spyOn(location, 'assign').mockImplementation(() => {});
    await block('app.ts');
    expect(sent).toEqual(['POST /auth/token/', 'GET /api/me/', 'POST /auth/token/blacklist/']);
    expect(location.assign).toHaveBeenCalledWith('/signin?why=user');
  });

  it('makes a fetch that carries the token', async () => {
    await (await sessionOf(block)).signIn(ALICE);
    await block('with-fetch.ts');
    expect(sent.at(-1)).toBe('GET /api/me/');
  });

  it('shows the state', async () => {
    await block('state.ts');
    await (await sessionOf(block)).signIn(ALICE);
    expect(document.title).toBe('Signed in as user 1');
  });
});

describe('docs/sign-in.md', () => {
  let block: Import;
  beforeAll(async () => {
    block = await writeBlocks('sign-in', 'README.md', 'docs/sign-in.md');
  });

  it.each(['next.ts', 'next-plain.js'])('goes back to a path of the site and nowhere else (%s)', async (file) => {
    const safeNext = (await block(file)).safeNext as (next: string | null) => string;
    expect(safeNext('/orders?page=3#top')).toBe('/orders?page=3#top');
    for (const hostile of [
      null,
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '\t//evil.example',
      'http://[',
      '/.//evil.example',
      '/x/..//evil.example',
    ]) {
      expect(safeNext(hostile)).toBe('/');
    }
  });

  it('sends whoever was signed out to the sign-in page, and back', async () => {
    const guard = (await block('guard.ts')) as { goBack(): void; demandSignIn(): Promise<boolean> };
    const session = await sessionOf(block);
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
    const replace = vi.spyOn(location, 'replace').mockImplementation(() => {});
    expect(await guard.demandSignIn()).toBe(false);
    await session.signIn(ALICE);
    expect(await guard.demandSignIn()).toBe(true);
    await session.signOut();
    expect(assign).toHaveBeenLastCalledWith('/signin?next=%2Flist%3Fpage%3D2&why=user');
    guard.goBack();
    expect(replace).toHaveBeenCalledWith('/');
  });

  it('signs in from a form with "remember me"', async () => {
    const signIn = (await block('sign-in-form.ts')).signIn as (form: object) => Promise<string>;
    expect(await signIn({ ...ALICE, remember: true })).toBe('');
    expect(await signIn({ ...ALICE, password: 'no', remember: true })).toMatch(/No active account/);
  });

  it('takes the tokens of a registration', async () => {
    const register = (await block('registration.ts')).register as (form: object) => Promise<void>;
    await register({ email: 'a@example.com' });
    expect((await sessionOf(block)).getState().status).toBe('signed-in');
  });
});

describe('docs/tabs.md', () => {
  it('says that the user signed out in another tab (C36)', async () => {
    const block = await writeBlocks('tabs', 'README.md', 'docs/tabs.md');
    vi.spyOn(location, 'assign').mockImplementation(() => {});
    const here = await sessionOf(block);
    await block('tabs.ts');
    await here.signIn(ALICE);
    const other = createSessionOn(
      normalizeOptions({ backend: {}, store: localStorageStore() } as never),
      createPlatform,
    );
    await other.ready;
    expect(other.getState().status).toBe('signed-in');
    await other.signOut();
    await vi.waitFor(() => expect(document.title).toBe('You signed out in another tab.'));
    other.dispose();
  });
});

describe('docs/your-own.md', () => {
  let block: Import;
  beforeAll(async () => {
    block = await writeBlocks('your-own', 'docs/your-own.md');
  });

  it('makes a backend of a plain object, whose 401 ends the session', async () => {
    const { createSession, memoryStore } = await import('latchkey');
    const { backend } = (await block('backend.ts')) as { backend: never };
    const session = createSession<{ email: string; password: string }>({ backend, store: memoryStore() });
    await session.signIn({ email: 'a@example.com', password: 'x' });
    expect(await session.getAccessToken()).toBe('opaque');
    const expiring = vi.fn();
    session.on('expiring', expiring);
    await session.refresh();
    expect(expiring).toHaveBeenCalledWith({ cause: 'refresh-rejected', at: expect.any(Number) });
  });

  it('makes a store of three functions, which keeps the contract', async () => {
    await expect(block('contracts.ts')).resolves.toBeDefined();
  });
});
