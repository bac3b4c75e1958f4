// @vitest-environment node
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type OpenPage, openPage } from './chromium.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

describe.each([
  { server: 'the server inside the page', flags: [] },
  { server: 'Django', flags: ['--django'] },
])('the demo with $server', ({ flags }) => {
  const isDjango = flags.length > 0;
  let demo: ChildProcess;
  let opened: OpenPage;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    demo = start(flags);
    url = await urlOf(demo);
    opened = await openPage(browser, url);
    page = opened.page;
    await isReady(page);
  });
  afterAll(async () => {
    await opened?.context.close();
    await stop(demo);
  });

  // One story: each test goes on where the one before left the page.
  it('loads without an error', async () => {
    expect(opened.errors).toEqual([]);
    expect(await page.getByRole('button', { name: 'Sign in' }).isVisible()).toBe(true);
  });

  it('says what the server says of a wrong password', async () => {
    await signIn(page, 'wrong');
    await page.getByRole('alert').filter({ hasText: 'No active account found' }).waitFor();
  });

  it('signs in, and sends a request', async () => {
    // Django cannot take an access token back: a short life is how it dies here. Long enough for the burst, too.
    if (isDjango) await page.request.post(`${url}_control/settings`, { data: { accessLifetime: 5 } });
    await page.getByRole('checkbox', { name: 'Remember me' }).check();
    await signIn(page, 'alice-pass-1');
    await page.getByText(isDjango ? 'Signed in as user 1' : 'Signed in as alice').waitFor();
    await page.getByRole('button', { name: 'Send one request' }).click();
    await answered(page, 1);
  });

  it('lets 20 requests wait for one refresh', async () => {
    await expireAccessToken();
    const before = await refreshes(page);
    await page.getByRole('button', { name: 'Send 20 at once' }).click();
    await answered(page, 21);

    // The browser writes its record a moment later.
    await page.locator('#count-refreshes', { hasText: String(before + 1) }).waitFor();
    expect(await refreshes(page)).toBe(before + 1);
    expect(await events(page, 'refreshed').count()).toBe(before + 1);
    // Where the page could not know, each was sent in vain first; where it could, none was.
    const times = isDjango ? 'once' : 'twice';
    expect(await page.getByRole('cell', { name: times, exact: true }).count()).toBe(isDjango ? 21 : 20);
  });

  // A real Django does not fail when it is told to.
  if (!isDjango) {
    it('lets a request wait through an outage, and signs nobody out (C24, N4)', async () => {
      await page.getByRole('button', { name: 'Fail for 5 seconds' }).click();
      await events(page, 'server').filter({ hasText: 'fails' }).waitFor();
      await page.getByRole('button', { name: 'Send one request' }).click();
      await events(page, 'refresh-failed').first().waitFor();
      await answered(page, 22);
      expect(await events(page, 'signed-out').count()).toBe(0);
    });
  }

  it('is still signed in after a reload, and in a new tab, without a sign-in event', async () => {
    await page.reload();
    await isReady(page);
    await page.getByText('Signed in as').waitFor();
    expect(await events(page, 'signed-in').count()).toBe(0);

    const tab = await opened.context.newPage();
    await tab.goto(url);
    await tab.getByText('Signed in as').waitFor();
    await tab.close();
  });

  it('signs out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await events(page, 'signed-out').filter({ hasText: 'user' }).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('says why the server ended the session, at the next request', async () => {
    await signIn(page, 'alice-pass-1');
    await page.getByText('Signed in as').waitFor();
    await page.getByRole('button', { name: 'Revoke the session' }).click();
    await events(page, 'server').filter({ hasText: 'revoked' }).waitFor();
    if (isDjango) await expireAccessToken();
    await page.getByRole('button', { name: 'Send one request' }).click();
    await events(page, 'signed-out').filter({ hasText: 'refresh-rejected' }).waitFor();
    await page.getByText('The session ended: refresh-rejected').waitFor();
  });

  it('showed no token, and no error but the refusals', async () => {
    expect(opened.errors.filter((error) => !/status of (401|503)/.test(error))).toEqual([]);
    expect(await page.content()).not.toContain('eyJ');
  });

  async function expireAccessToken(): Promise<void> {
    if (isDjango) return page.locator('#expiry', { hasText: 'has expired' }).waitFor();
    await page.getByRole('button', { name: 'Expire the access tokens' }).click();
    await events(page, 'server').filter({ hasText: 'expired' }).waitFor();
  }
});

it('does not start with a flag that it does not know', async () => {
  const demo = start(['--flask']);
  const [code] = await once(demo, 'exit');
  expect(code).toBe(1);
});

function start(flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL('../../demo/serve.mjs', import.meta.url)), ...flags], {
    // No window is opened there, and no page is reloaded because somebody saves a file.
    env: { ...process.env, CI: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function urlOf(demo: ChildProcess): Promise<string> {
  for await (const line of createInterface(demo.stdout as Readable)) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('The demo ended before it said where it is. Run: node demo/serve.mjs');
}

async function stop(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null || !demo.kill('SIGTERM')) return;
  await once(demo, 'exit');
}

async function isReady(page: Page): Promise<void> {
  await page.locator('#page[aria-busy=false]').waitFor();
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Waits until so many requests were answered with 200. */
async function answered(page: Page, count: number): Promise<void> {
  await page.getByText(`${count} of ${count} answered with 200.`).waitFor();
}

async function refreshes(page: Page): Promise<number> {
  return Number(await page.locator('#count-refreshes').textContent());
}

function events(page: Page, type: string): Locator {
  return page.locator(`#log [data-event="${type}"]`);
}
