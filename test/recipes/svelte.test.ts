// @vitest-environment-options { "url": "https://app.example.com/" }
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from 'latchkey';
import { type Component, flushSync, mount, unmount } from 'svelte';
import { compile } from 'svelte/compiler';
import { get, type Readable } from 'svelte/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from './api.ts';
import { createMswApi } from './msw-api.ts';
import { writeRecipe } from './recipe.ts';

// Node is given the half for servers, where nothing is mounted: this is the one for browsers.
vi.mock('svelte', () => import('../../node_modules/svelte/src/index-client.js' as 'svelte'));

interface Recipe {
  readonly session: Session<typeof ALICE>;
  readonly userId: Readable<string | undefined>;
  readonly orders: Readable<readonly string[] | undefined>;
  loadOrders(): Promise<void>;
}

const api = createMswApi();
const folder = join(import.meta.dirname, '../.blocks/recipes/svelte');
let block: Awaited<ReturnType<typeof writeRecipe>>;
let recipe: Recipe;
let session: Recipe['session'];
let account: object;
let isMounted = false;

beforeAll(async () => {
  api.server.listen({ onUnhandledRequest: 'error' });
  block = await writeRecipe('svelte');
  const source = await readFile(join(folder, 'account.svelte'), 'utf8');
  const { js } = compile(source, { filename: 'account.svelte', generate: 'client' });
  await writeFile(join(folder, 'account.svelte.js'), js.code);
});
afterAll(() => api.server.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  api.auth.reset();
  api.received.length = 0;
  document.body.innerHTML = '';
  recipe = (await block('session.ts')) as unknown as Recipe;
  ({ session } = recipe);
  const { default: Account } = (await block('account.svelte.js')) as { default: Component };
  account = mount(Account, { target: document.body });
  isMounted = true;
  await session.ready;
});
afterEach(async () => {
  await leave();
  session.dispose();
});

async function leave(): Promise<void> {
  if (isMounted) await unmount(account);
  isMounted = false;
}

const text = (): string => {
  flushSync();
  return document.body.textContent?.replace(/\s+/g, ' ').trim() ?? '';
};

describe('docs/recipes/svelte.md', () => {
  it('follows the session from the sign-in to the sign-out by the button', async () => {
    expect(text()).toBe('Please sign in.');
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(text()).toMatch(/^User \S+: a lamp of alice Sign out$/));
    await session.refresh();
    expect(api.received).toHaveLength(1);
    document.querySelector('button')?.click();
    await vi.waitFor(() => expect(text()).toBe('Please sign in.'));
  });

  it('fetches for each user anew, and shows the next one nothing of the one before (OUT-8)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(text()).toContain('a lamp of alice'));
    await session.signIn(BOB);
    expect(text()).not.toContain('alice');
    await vi.waitFor(() => expect(text()).toContain('a lamp of bob'));
    await session.signOut();
    expect(get(recipe.orders)).toBeUndefined();
  });

  it('knows the state when somebody begins to look late', async () => {
    await leave();
    await session.signIn(ALICE);
    expect(get(recipe.userId)).toEqual(expect.any(String));
    await session.signOut();
    expect(get(recipe.userId)).toBeUndefined();
  });

  it('sends twenty queries on a dead token once more, after one refresh (C1)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(text()).toContain('a lamp of alice'));
    api.auth.expireAll();
    await Promise.all(Array.from({ length: 20 }, () => recipe.loadOrders()));
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received).toHaveLength(1 + 40);
  });
});
