// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session } from 'latchkey';
import type { RedirectSignIn } from 'latchkey/oauth2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld, ISSUER, json, type World } from '../oauth2/world.ts';
import { writeBlocks } from '../support/blocks.ts';

interface Pages {
  signIn(): Promise<void>;
  comeBack(): Promise<string>;
  signOut(): Promise<void>;
}

let world: World;
let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: Session;
let sso: RedirectSignIn;
let pages: Pages;
beforeEach(async () => {
  vi.resetModules();
  world = createWorld();
  block = await writeBlocks('oauth', 'docs/servers/oauth.md');
  ({ session, sso } = (await block('session.ts')) as unknown as { session: Session; sso: RedirectSignIn });
  pages = (await block('pages.ts')) as unknown as Pages;
});
afterEach(() => {
  session.dispose();
  world.dispose();
});

/** Waits for the page to be left, and gives the URL. */
async function leaving(work: Promise<unknown>): Promise<URL> {
  const before = world.left.length;
  void work;
  return await vi.waitFor(() => world.left[before] ?? Promise.reject(new Error('Still here.')));
}

async function signIn(): Promise<void> {
  await leaving(pages.signIn());
  world.arrive(world.answer());
  expect(await pages.comeBack()).toBe('');
}

describe('docs/servers/oauth.md', () => {
  it('signs the user in, and shows the page again where they were (OAU-2, C49)', async () => {
    await signIn();
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(location.href).toBe('https://app.example.com/orders?page=2');
    expect(world.left[0]?.searchParams.get('redirect_uri')).toBe('https://app.example.com/callback');
    expect(await pages.comeBack()).toBe('');
  });

  it('tells a user who said no from one who has to try again', async () => {
    const { state = '' } = Object.fromEntries((await leaving(pages.signIn())).searchParams);
    world.arrive({ state, iss: ISSUER, error: 'access_denied' });
    expect(await pages.comeBack()).toBe('You did not sign in.');
    expect(location.href).toBe('https://app.example.com/orders?page=2');
    world.arrive({ state, iss: ISSUER, code: 'x' });
    expect(await pages.comeBack()).toBe('That did not work. Please sign in once more.');
  });

  it('signs out here, then at the provider, and says so on return (OUT-9)', async () => {
    await signIn();
    const { pathname, searchParams } = await leaving(pages.signOut());
    expect(pathname).toBe('/logout');
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    world.arrive({ state: searchParams.get('state') ?? '' }, '/bye');
    expect(await pages.comeBack()).toBe('You are signed out.');
  });

  it('shows its own page where the provider has none', async () => {
    world.answers[`${ISSUER}/.well-known/openid-configuration`] = () => json({}, 503);
    vi.mocked(location.assign).mockImplementation((url) => void world.left.push(new URL(url, location.origin)));
    expect((await leaving(pages.signOut())).pathname).toBe('/bye');
  });

  it('asks the provider for what an API demands (RFC 9470)', async () => {
    await signIn();
    const { searchParams } = await leaving(sso.signIn({ acrValues: ['mfa'], maxAge: 60_000 }));
    expect(Object.fromEntries(searchParams)).toMatchObject({ acr_values: 'mfa', max_age: '60' });
  });

  it('takes over tokens that came another way', async () => {
    const other = (await block('tokens.ts')) as unknown as {
      session: Session;
      takeOver(answer: object): Promise<void>;
    };
    await other.takeOver({ access_token: 'opaque', token_type: 'Bearer', refresh_token: 'r', expires_in: 60 });
    expect(await other.session.getAccessToken()).toBe('opaque');
    other.session.dispose();
  });
});
