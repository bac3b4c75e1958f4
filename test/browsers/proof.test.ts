// @vitest-environment node
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { invariants } from '../../demo/proof/invariants.ts';
import { find, stepsOf } from '../../demo/proof/schedule.ts';
import { sentences } from '../../demo/proof/sentences.ts';
import { type Variant, variants } from '../../demo/proof/variants.ts';
import { large, small } from '../model/protocol/configurations.ts';
import { brokenAtRest } from '../model/protocol/invariants.ts';
import { search } from '../model/protocol/search.ts';
import { launchChromium, type OpenPage, openPage } from './chromium.ts';

const demo = (path: string): string => fileURLToPath(new URL(`../../demo/${path}`, import.meta.url));
const wrong = variants.filter(({ breaks }) => breaks !== undefined);
const ours = variants.find(({ id }) => id === 'ours') as Variant;
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('what the page plays', () => {
  it.each(wrong)('breaks what the model says, in as many steps, and what comes of that: $title', (variant) => {
    const steps = stepsOf(variant, find(variant));
    const broken = steps.flatMap(({ breaks }, index) => (breaks === undefined ? [] : [{ breaks, step: index + 1 }]));
    expect(broken[0]).toEqual({ breaks: variant.breaks, step: variant.steps });
    expect(broken.slice(1).map(({ breaks }) => breaks)).toEqual(variant.leadsTo);
  });

  it('comes to rest under our rules, with nothing broken, one request, and one generation in both tabs', () => {
    const steps = stepsOf(ours, find(ours));
    const end = steps.at(-1)?.after;
    if (!end) throw new Error('Nothing was played.');
    expect(steps.filter(({ broken, breaks }) => broken !== undefined || breaks !== undefined)).toEqual([]);
    expect(steps.filter(({ move }) => move.name === 'send')).toHaveLength(1);
    expect(brokenAtRest(end, ours.setting)).toBeUndefined();
    expect(end.tabs.map(({ held }) => held)).toEqual([end.store, end.store]);
    expect(end.sessions[1]).toMatchObject({ row: 2, newest: 2, isOpen: false, isRevoked: false });
  });

  it('ends the session of a copied interceptor on a server that only refuses a spent token, too', () => {
    const [copied] = wrong;
    if (!copied) throw new Error('There is no copied interceptor.');
    const beyond = Object.keys(invariants).filter((name) => name !== 'I5');
    const { broken } = search({ ...copied.setting, server: 'rejects' }, { beyond });
    expect({ id: copied.id, broken }).toEqual({ id: 'copied', broken: 'I5' });
  });

  it('has the figures that its page in the docs has', async () => {
    const docs = await readFile('docs/proof.md', 'utf8');
    const rows = [...docs.matchAll(/^\| [^|]+ \| (I\d+)[^|]* \| (\d+) \|/gm)].map(([, breaks, steps]) => [
      breaks,
      Number(steps),
    ]);
    expect(rows).toEqual(wrong.map(({ breaks, steps }) => [breaks, steps]));
    for (const settings of [small, large]) {
      const worlds = settings.reduce((sum, { states }) => sum + states, 0).toLocaleString('en');
      expect(docs).toContain(worlds);
      expect(docs).toMatch(new RegExp(`\\b${settings.length}\\b`));
    }
  });

  it('has a sentence for every move that a variant can make, and for every invariant that one can break', () => {
    const beyond = Object.keys(invariants);
    const made = variants.flatMap(({ setting }) => [...search(setting, { beyond }).made]);
    expect(new Set(made).size).toBeGreaterThan(15);
    expect([...new Set(made)].filter((name) => sentences[name] === undefined)).toEqual([]);
    const broken = variants.flatMap(({ breaks, leadsTo }) => (breaks === undefined ? [] : [breaks, ...leadsTo]));
    expect(broken.filter((name) => invariants[name] === undefined)).toEqual([]);
  });
});

describe('the page in Chromium', () => {
  let folder: string;
  let server: PreviewServer;
  let browser: Browser;
  let opened: OpenPage | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-proof-'));
    const configFile = demo('vite.config.ts');
    const rolldownOptions = { input: { proof: demo('proof/index.html') } };
    await build({
      configFile,
      mode: 'production',
      logLevel: 'error',
      publicDir: false,
      build: { target: 'es2022', outDir: folder, emptyOutDir: false, rolldownOptions },
    });
    const port = { host: '127.0.0.1', port: 0 };
    server = await preview({ configFile, logLevel: 'error', build: { outDir: folder }, preview: port });
    browser = await launchChromium();
  });
  afterEach(async () => {
    expect(opened?.errors ?? []).toEqual([]);
    await opened?.context.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(query: string): Promise<Page> {
    const address = server.httpServer.address();
    if (address === null || typeof address === 'string') throw new Error('The page is not served.');
    opened = await openPage(browser, `http://127.0.0.1:${address.port}/proof/${query}`, { isVisible: true });
    await isReady(opened.page);
    return opened.page;
  }

  it.each(wrong)('plays $id to its end, and names the invariant', async ({ id, breaks = '', steps = 0, leadsTo }) => {
    const page = await open(`?variant=${id}`);
    await page.getByRole('heading', { name: `Breaks ${breaks} in ${steps} steps` }).waitFor();
    const named: string[] = [];
    const next = page.getByRole('button', { name: 'Next' });
    for (let step = 1; (await next.getAttribute('aria-disabled')) === null; step += 1) {
      await next.click();
      expect(new URL(page.url()).searchParams.get('step')).toBe(String(step));
      const verdict = page.locator('#verdict');
      if (await verdict.isVisible()) named.push(`${(await verdict.textContent())?.split(' ')[0]} in ${step}`);
    }
    expect(named[0]).toBe(`${breaks} in ${steps}`);
    expect(named.slice(1).map((name) => name.split(' ')[0])).toEqual(leadsTo);
    await page.getByText('What the user sees:').waitFor();
  });

  it('finds nothing in ours, and counts the worlds that it visited', async () => {
    const page = await open('?variant=ours');
    const [first] = small;
    if (!first) throw new Error('There is no setting.');
    await page.getByRole('button', { name: `Search: ${first.name}`, exact: true }).click();
    const count = first.states.toLocaleString('en');
    await page
      .getByText(`${count} worlds of one setting visited, all that can come about there: nothing is broken.`)
      .waitFor();
    await page.getByRole('row', { name: first.name }).getByText('holds, in all of them').waitFor();
  });

  it('says that a search which was stopped proves nothing', async () => {
    const page = await open('?variant=ours');
    await page.getByRole('button', { name: `Search all ${small.length}` }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('What was searched in part proves nothing.').waitFor();
    expect(await page.getByText('holds, in all of them').count()).toBe(0);
  });

  it('opens at the variant and the step of its address, and at the beginning where that makes no sense', async () => {
    const page = await open('?variant=stale&step=13');
    expect(await checked(page)).toBe('A lock, and a stale store');
    await page.getByText('Step 13 of ', { exact: false }).waitFor();
    await page.locator('#verdict', { hasText: 'I2 is broken' }).waitFor();

    await page.goto(page.url().replace(/\?.*/, '?variant=__proto__&step=-3'));
    await isReady(page);
    expect(await checked(page)).toBe('A copied interceptor');
    await page.getByText('The beginning, before').waitFor();
  });

  it('goes back to the variant before', async () => {
    const page = await open('?variant=copied&step=4');
    await page.getByLabel('A lock that is stolen').check();
    await page.locator('#rules', { hasText: 'takes the lock away' }).waitFor();
    await isReady(page);
    await page.goBack();
    await page.getByText('Step 4 of ', { exact: false }).waitFor();
    expect(await checked(page)).toBe('A copied interceptor');
  });

  it('steps by the arrow keys, the slider and the list, and leaves the arrow keys of the choice alone', async () => {
    const page = await open('');
    const step = () => new URL(page.url()).searchParams.get('step');
    await page.getByRole('button', { name: 'Next' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    expect(step()).toBe('1');
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    expect(step()).toBe('2');
    await page
      .getByRole('link', { name: /sends the refresh token/ })
      .first()
      .click();
    expect(step()).toBe('9');
    expect(await page.locator('#steps [aria-current=step]').count()).toBe(1);

    await page.getByLabel('A copied interceptor', { exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    await isReady(page);
    expect(await checked(page)).toBe('A copied interceptor, and a sign-out');
    expect(step()).toBe('0');
  });

  it('marks what the last step changed, and says which tokens are no good any more', async () => {
    const page = await open('?variant=copied');
    const changed = page.locator('#board [data-changed]');
    expect(await changed.count()).toBe(0);
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await changed.allTextContents()).toEqual(['doesis about to refresh (changed)']);
    await page.getByRole('link', { name: /The server takes generation 1 from Tab A/ }).click();
    expect(await page.locator('#board').getByText('spent').count()).toBe(5);
    await page.getByRole('link', { name: /The server gets generation 1 a second time/ }).click();
    expect(await page.locator('#board').getByText('spent').count()).toBe(0);
    expect(await page.locator('#board em', { hasText: 'revoked' }).count()).toBe(5);
  });

  it('shows no token, and says nothing twice at once', async () => {
    const page = await open('?variant=copied&step=10');
    expect(await page.content()).not.toContain('eyJ');
    expect(await page.locator('#says[role=status]').textContent()).toContain('I1 is broken');
    expect(await page.locator('[role=status]:visible').count()).toBe(1);
  });

  it.each([
    { id: 'copied', step: 13, colorScheme: 'light', width: 1200 },
    { id: 'copied', step: 5, colorScheme: 'dark', width: 360 },
    { id: 'ours', step: 4, colorScheme: 'dark', width: 1200 },
    { id: 'ours', step: 12, colorScheme: 'light', width: 360 },
  ] as const)('gives axe nothing to find: $id, $colorScheme, $width px', async ({ id, step, colorScheme, width }) => {
    const page = await open(`?variant=${id}&step=${step}`);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(await readFile(axe, 'utf8'));
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    // Nothing pushes the page sideways.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});

async function isReady(page: Page): Promise<void> {
  await page.locator('#page[aria-busy=false]').waitFor();
}

async function checked(page: Page): Promise<string | undefined> {
  const label: Locator = page.locator('label', { has: page.locator('input:checked') });
  return (await label.textContent())?.trim();
}
