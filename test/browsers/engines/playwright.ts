import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { expressionOf, outcome, type Tab } from './engine.ts';

/** What the engines that Playwright drives have in common; the rest is of each engine's own. */
export type CommonTab = Pick<Tab, 'run' | 'goto' | 'reload' | 'back' | 'close' | 'cookies'>;

export function commonTab(page: Page): CommonTab {
  return {
    async run(work: string | ((...args: never[]) => unknown), ...args: readonly unknown[]) {
      return outcome(await page.evaluate<string>(expressionOf(work, args)));
    },
    async goto(url) {
      await page.goto(url);
    },
    async reload() {
      await page.reload();
    },
    async back() {
      const document = (): Promise<unknown> =>
        page.evaluate('document.readyState === "complete" && performance.timeOrigin');
      const left = await document();
      await page.evaluate('void history.back()');
      // Playwright waits for a load, and a page from the bfcache has none. Nothing tells of it: ask who is there. There
      // is a moment when nobody is.
      for (let now = left; now === left || now === false; now = await document().catch(() => false)) await delay(5);
    },
    close: () => page.close(),
    cookies: () => page.context().cookies(page.url()),
  };
}

/** Another tab that a script of this one opens: only so the engine copies the sessionStorage. */
export async function duplicated(context: BrowserContext, page: Page): Promise<Page> {
  const [copy] = await Promise.all([
    context.waitForEvent('page', { predicate: async (other) => (await other.opener()) === page }),
    // A popup has a window of its own. A tab would hide this one.
    page.evaluate("void open(location.href, '_blank', 'popup')"),
  ]);
  await copy.waitForLoadState();
  return copy;
}
