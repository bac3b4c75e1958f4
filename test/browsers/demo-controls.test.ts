// @vitest-environment node
// The server inside the page: each button does what it says, seen in the page's own numbers.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type OpenPage, openPage } from './chromium.ts';
import { type DemoPage, drive, type RunningDemo, startDemo } from './demo-page.ts';

let browser: Browser;
let demo: RunningDemo;
let axe: string;
const closing: BrowserContext[] = [];

beforeAll(async () => {
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  [browser, demo] = await Promise.all([launchChromium(), startDemo()]);
});
afterAll(async () => {
  await Promise.all(closing.map((context) => context.close()));
  await browser?.close();
  await demo?.stop();
});

/** A page with storage of its own for one test, and somebody signed in on it, in both clients. */
async function open(query = ''): Promise<DemoPage & OpenPage> {
  const on = await openSignedOut(query);
  await on.signIn();
  await on.page.getByText('Signed in as').waitFor();
  if (await on.page.locator('#copied').isVisible()) {
    await on.page.waitForFunction(() => Object.keys(localStorage).some((key) => /^copied-.*-refresh$/.test(key)));
  }
  return on;
}

async function openSignedOut(query = ''): Promise<DemoPage & OpenPage> {
  const opened = await openPage(browser, demo.url + query);
  closing.push(opened.context);
  const on = drive(opened.page);
  await on.ready();
  return { ...opened, ...on };
}

/** What axe-core finds on a page, each as the name of its rule and where it is broken. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      globalThis as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

// Each waits for a server most of the time: they wait together.
describe.concurrent('the demo', () => {
  it('refreshes once for a burst of 20 after an expiry; the copied interceptor does more (C1)', async () => {
    const on = await open();
    await on.press('Expire the tokens');
    await on.said('refuses every access token');
    await on.press('Send 20 requests');
    await on.shows('copied', 'answered', 20);
    await on.shows('latchkey', 'answered', 20);
    // Once for the burst, and again for each refusal that comes late.
    await expect.poll(() => on.number('copied', 'refreshes')).toBeGreaterThan(1);
    await on.shows('latchkey', 'refreshes', 1);
    expect(await on.number('latchkey', 'failed')).toBe(0);
    await on.page.getByText('The same as a table').click();
    const lane = on.page.locator('[data-lane="latchkey tab A (this one)"] td');
    expect(await lane.allTextContents()).toEqual(['0', '0', '20', '0', '20']);
    expect(await on.page.locator('#chart svg path').count()).toBeGreaterThan(40);

    await on.press('Answer late');
    await on.said('No answer is late');
    await on.press('Expire the tokens');
    await on.said('refuses every access token');
    await on.press('Send 20 requests');
    await on.shows('copied', 'answered', 40);
    await on.shows('latchkey', 'refreshes', 2);
  });

  it('sends 1,000 requests, all answered', async () => {
    const on = await open('?beside=nothing');
    await on.press('Send 1,000 requests');
    await on.shows('latchkey', 'answered', 1000);
    expect(await on.number('latchkey', 'failed')).toBe(0);
  });

  it('stays signed in through a 503 with Retry-After, where the copied interceptor does not; a revocation ends both (C24, N4)', async () => {
    const on = await open();
    await on.pressBoth('503 for 5 s', '503', 'Send 20 requests');
    await on.shows('copied', 'ends', 1);
    await on.timeline('refresh-failed').first().waitFor();
    await on.shows('latchkey', 'answered', 20);
    expect(await on.number('latchkey', 'ends')).toBe(0);
    await on.press('Sign it in');
    await on.page.locator('#sign-in-copied').waitFor({ state: 'hidden' });

    await on.press('Revoke the session');
    await on.said('refuses every token');
    await on.press('Send 1 request');
    await on.page.getByText('The session ended: refresh-rejected').waitFor();
    await on.shows('latchkey', 'ends', 1);
    await on.shows('copied', 'ends', 2);
    expect(await findings(on.page)).toEqual([]);
  });

  it('signs nobody out while the device is offline, or its clock is wrong, and switches the user (C27)', async () => {
    const on = await open('?beside=nothing');
    await on.press('Offline');
    await on.said('cut off');
    expect(await on.page.getByRole('button', { name: 'Offline' }).getAttribute('aria-pressed')).toBe('true');
    await on.press('Send 1 request');
    await on.shows('latchkey', 'failed', 1);
    await on.press('Offline');
    await on.said('connected again');
    await on.press('Send 1 request');
    await on.shows('latchkey', 'answered', 1);
    expect(await on.number('latchkey', 'ends')).toBe(0);

    await on.press('Wrong clock');
    await on.said('two hours ahead');
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 21);
    await on.press('Wrong clock');
    await on.said('is right');
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 41);
    expect(await on.number('latchkey', 'ends')).toBe(0);

    await on.press('Switch user');
    await on.page.locator('#user', { hasText: 'bob' }).waitFor();
    await on.press('Sign out');
    await on.page.getByText('The session ended: user').waitFor();
  });

  it('opens another tab: both send, one refreshes for both, and a sign-out ends both (C8, C16)', async () => {
    const on = await openSignedOut();
    // Kept by the browser: of a session that is not, the other tab is told by this one, late where it is busy.
    await on.page.getByRole('checkbox', { name: 'Remember me' }).check();
    await on.signIn();
    await on.page.getByText('Signed in as').waitFor();
    const [tab] = await Promise.all([on.context.waitForEvent('page'), on.press('Open another tab')]);
    const other = drive(tab);
    await other.ready();
    await tab.getByText('Signed in as').waitFor();
    await on.page.locator('[data-lane="latchkey tab B"]').waitFor({ state: 'attached' });
    await on.press('Expire the tokens');
    await on.said('refuses every access token');
    await on.page.getByLabel('in every open tab').check();
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 40);
    await other.shows('latchkey', 'answered', 40);
    await on.shows('latchkey', 'refreshes', 1);
    expect(await on.number('latchkey', 'failed')).toBe(0);
    await on.press('Sign out');
    await tab.getByText('The session ended: other-tab').waitFor();
  });

  it('signs a new tab in that a busy one had not told of its session in time (L8)', async () => {
    const on = await open();
    const busy = on.page.evaluate(() => {
      while (!document.cookie.includes('go=1'));
    });
    const tab = await on.context.newPage();
    await tab.goto(demo.url);
    await tab.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await on.context.addCookies([{ name: 'go', value: '1', url: demo.url }]);
    await busy;
    await tab.getByText('Signed in as').waitFor();
  });

  it('duplicates a tab with its sessionStorage', async () => {
    const on = await open('?store=session');
    const [tab] = await Promise.all([on.context.waitForEvent('page'), on.press('Duplicate tab')]);
    await tab.getByText('Signed in as').waitFor();
  });

  it.each(['flask-jwt-extended', 'oauth2-token'])('runs the same on %s, chosen by the picker', async (backend) => {
    const on = await open();
    await on.page.getByLabel('Backend').selectOption(backend);
    await on.page.waitForURL(`**/?backend=${backend}`);
    await on.ready();
    await on.signIn();
    await on.page.getByText('Signed in as').waitFor();
    await on.press('Expire the tokens');
    await on.said('refuses every access token');
    await on.press('Send 20 requests');
    await on.shows('latchkey', 'answered', 20);
    await on.shows('latchkey', 'refreshes', 1);
  });

  it('is still signed in after a reload, shows no token, and is accessible in each state', async () => {
    const on = await openSignedOut();
    expect(await findings(on.page)).toEqual([]);
    await on.page.getByRole('checkbox', { name: 'Remember me' }).check();
    await on.signIn('wrong');
    await on.page.getByRole('alert').filter({ hasText: 'No active account found' }).waitFor();
    expect(await findings(on.page)).toEqual([]);
    await on.signIn();
    await on.page.getByText('Signed in as').waitFor();
    await on.press('Send 20 requests');
    for (const colorScheme of ['light', 'dark'] as const) {
      await on.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [380, 1200]) {
        await on.page.setViewportSize({ width, height: 800 });
        expect(await findings(on.page)).toEqual([]);
        expect(await on.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    }
    await on.page.reload();
    await on.ready();
    await on.page.getByText('Signed in as').waitFor();
    expect(await on.timeline('signed-in').count()).toBe(0);
    expect(await on.timeline('restored').count()).toBe(1);
    expect(await on.page.content()).not.toContain('eyJ');
    expect(on.errors.filter((error) => !/status of (401|503)/.test(error))).toEqual([]);
  });
});
