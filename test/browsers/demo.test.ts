// @vitest-environment node
import { once } from 'node:events';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type OpenPage, openPage } from './chromium.ts';
import { type DemoPage, drive, type RunningDemo, spawnDemo, startDemo } from './demo-page.ts';

let browser: Browser;
let demo: RunningDemo;
let opened: OpenPage;
let on: DemoPage;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

/** Opens the demo, before all tests of a story. */
function opens(...flags: readonly string[]): void {
  beforeAll(async () => {
    demo = await startDemo(...flags);
    opened = await openPage(browser, demo.url);
    on = drive(opened.page);
    await on.ready();
  });
  afterAll(async () => {
    await opened?.context.close();
    await demo?.stop();
  });
}

/** The server cannot take an access token back: a short life, in seconds, is how one dies here. */
async function letTokensLive(accessLifetime: number): Promise<void> {
  await opened.page.request.post(`${demo.url}_control/settings`, { data: { accessLifetime } });
}

async function signInFor(seconds: number): Promise<void> {
  await letTokensLive(seconds);
  await on.signIn();
  await opened.page.getByText('Signed in as').waitFor();
}

/** The last test of a story. */
function showsNoToken(): void {
  it('showed no token, and no error but the refusals', async () => {
    const expected = /status of (400|401|503)|ERR_INTERNET_DISCONNECTED/;
    expect(opened.errors.filter((error) => !expected.test(error))).toEqual([]);
    expect(await opened.page.content()).not.toContain('eyJ');
    expect(await opened.page.locator('latchkey-timeline').innerText()).not.toContain('eyJ');
  });
}

describe.each([
  { flag: '--django', backend: 'simple-jwt' },
  { flag: '--flask', backend: 'flask-jwt-extended' },
])('the demo with $flag', ({ flag, backend }) => {
  opens(flag);

  it('says which server answers, and why some buttons cannot work there', async () => {
    expect(await opened.page.locator('#server-name').textContent()).toMatch(/a real (Django|Flask)/);
    expect(await opened.page.getByLabel('Backend').inputValue()).toBe(backend);
    const expire = opened.page.getByRole('button', { name: 'Expire the tokens' });
    expect(await expire.isDisabled()).toBe(true);
    expect(await expire.getAttribute('title')).toContain('Wait 20 seconds');
  });

  it('says what the server says of a wrong password, and signs in', async () => {
    await on.signIn('wrong');
    await opened.page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await signInFor(4);
  });

  it('lets 20 requests wait for one refresh', async () => {
    await opened.page.locator('#expiry[data-expired=true]').waitFor();
    // However long the burst takes, the next token lives longer.
    await letTokensLive(300);
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 20);
    await on.shows('latchkey', 'refreshes', 1);
    expect(await on.number('latchkey', 'failed')).toBe(0);
    expect(await on.timeline('refresh-sent').count()).toBe(1);
  });

  it('says why the server ended the session, at the next request', async () => {
    await on.press('Sign out');
    await signInFor(4);
    await on.press('Revoke the session');
    await on.said('refuses every token');
    await opened.page.locator('#expiry[data-expired=true]').waitFor();
    await on.press('Send 1 request');
    await opened.page.getByText('The session ended: refresh-rejected').waitFor();
    await on.shows('latchkey', 'ends', 1);
  });

  showsNoToken();
});

describe('the demo with --oidc', () => {
  opens('--oidc');

  it('signs in at the provider, sends requests, and signs out there', async () => {
    const { page } = opened;
    await on.press('Sign in');
    await page.locator('[name=login]').fill('alice');
    await page.locator('[name=password]').fill('alice-pass-1');
    await page.locator('#enter').click();
    await page.getByText('Signed in as').waitFor();
    expect(await page.locator('#copied').isVisible()).toBe(false);
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 20);
    // The page that comes back from the provider is another one at the same URL.
    await page.evaluate(() => document.body.classList.add('before'));
    await on.press('Sign out');
    await page.locator('body:not(.before) #page[aria-busy=false]').waitFor();
    expect(page.url()).toBe(demo.url);
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  });

  showsNoToken();
});

it('does not start with a flag that it does not know', async () => {
  const [code] = await once(spawnDemo('--rails'), 'exit');
  expect(code).toBe(1);
});
