import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../support/system.mjs';

/** A page in a context of its own, and what went wrong on it so far. */
export interface OpenPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The console's errors (an answer of 401 is one) and those that nobody caught, oldest first. */
  readonly errors: readonly string[];
}

/**
 * Starts the machine's own Chromium, headless, for a page that Playwright looks at and clicks on. For tabs as people
 * have them, in every engine, see `engines.ts`. The caller closes it.
 *
 * @throws {Error} when there is none; its message names the command that installs one.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('No Chromium here. Run: node test/support/system.mjs chromium, or set CHROMIUM_PATH');
  }
  return chromium.launch({
    executablePath,
    headless: true,
    // Chromium refuses its sandbox to root. False is the driver's word for --no-sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens a URL with storage of its own: nothing of another page's sign-in is there.
 *
 * Unless it is to be looked at, the page believes that it is hidden: no token is renewed but for those who ask for it.
 * Each backoff that it draws is 0.9 of the longest.
 */
export async function openPage(
  browser: Browser,
  url: string,
  { isVisible = false }: { readonly isVisible?: boolean } = {},
): Promise<OpenPage> {
  const context = await browser.newContext();
  await context.addInitScript((isHidden) => {
    if (isHidden) Object.defineProperty(document, 'hidden', { configurable: true, value: true });
    Math.random = () => 0.9;
  }, !isVisible);
  // Below the test's own limit: that one would not say what it was that did not come.
  context.setDefaultTimeout(110_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    // The icon that every page asks for, and no test page has.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  return { context, page, errors };
}
