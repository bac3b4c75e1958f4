import { type BrowserContext, firefox, type Page } from 'playwright-core';
import { findFirefox } from '../../support/system.mjs';
import { type Launched, type Start, type Tab, unable } from './engine.ts';
import { commonTab, duplicated } from './playwright.ts';

/** The machine's own Firefox, headless: Playwright speaks WebDriver BiDi with it, not with a build of its own. */
export async function startFirefox({ anyCertificate = false }: Start = {}): Promise<Launched> {
  const executablePath = findFirefox();
  if (executablePath === undefined) {
    throw new Error('No Firefox here. Run: node test/support/system.mjs firefox, or set FIREFOX_PATH');
  }
  const browser = await firefox.launch({ channel: 'moz-firefox', executablePath, headless: true });
  return {
    version: browser.version(),
    can: {
      crash: false,
      duplicate: true,
      freeze: false,
      openHidden: false,
      hide: false,
      offline: true,
      offlineTab: false,
      secureCookie: true,
    },
    async profile() {
      const context = await browser.newContext({ ignoreHTTPSErrors: anyCertificate });
      return {
        async open(url, { hidden = false } = {}) {
          if (hidden) return unable('firefox', 'hidden tab')();
          const tab = tabOf(context, await context.newPage());
          await tab.goto(url);
          return tab;
        },
        offline: (isOffline) => context.setOffline(isOffline),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

function tabOf(context: BrowserContext, page: Page): Tab {
  const common = commonTab(page);
  return {
    ...common,
    crash: common.close,
    duplicate: async () => tabOf(context, await duplicated(context, page)),
    freeze: unable('firefox', 'freeze'),
    thaw: unable('firefox', 'thaw'),
    hide: unable('firefox', 'hide'),
    show: unable('firefox', 'show'),
    offline: unable('firefox', 'offline of one tab'),
  };
}
