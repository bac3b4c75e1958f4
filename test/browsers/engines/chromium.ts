import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../support/system.mjs';
import type { Launched, Profile, Start, Tab } from './engine.ts';
import { commonTab, duplicated } from './playwright.ts';
import { startProgram } from './process.ts';

/**
 * Chromium as people have it. It is not started by Playwright, which would switch the bfcache off and make every page
 * believe that it is visible and focused: no tab could be hidden or frozen. Playwright connects to it, and leaves all
 * as it is.
 */
export async function startChromium(start: Start = {}): Promise<Launched> {
  const command = findChromium();
  if (command === undefined) {
    throw new Error('No Chromium here. Run: node test/support/system.mjs chromium, or set CHROMIUM_PATH');
  }
  // Only a new process has a new profile that Playwright leaves alone, so the first starts here, to know the version.
  let next: Awaited<ReturnType<typeof startProfile>> | undefined = await startProfile(command, start);
  return {
    version: next.version,
    can: {
      crash: true,
      duplicate: true,
      freeze: true,
      openHidden: true,
      hide: true,
      offline: true,
      offlineTab: true,
      secureCookie: true,
    },
    async profile() {
      const { profile } = next ?? (await startProfile(command, start));
      next = undefined;
      return profile;
    },
    close: async () => next?.profile.close(),
  };
}

async function startProfile(
  command: string,
  { anyCertificate = false }: Start,
): Promise<{ version: string; profile: Profile }> {
  const program = await startProgram(command, [
    '--headless',
    '--remote-debugging-port=0',
    // Chromium refuses its sandbox to root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-popup-blocking',
    '--disable-breakpad',
    ...(anyCertificate ? ['--ignore-certificate-errors'] : []),
  ]);
  try {
    const endpoint = await program.said(/DevTools listening on (ws:\S+)/);
    const browser = await chromium.connectOverCDP(endpoint, { isLocal: true, noDefaults: true });
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('Chromium has no profile');
    const session = await browser.newBrowserCDPSession();
    return { version: browser.version(), profile: profileOf(context, session, program.stop) };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

function profileOf(context: BrowserContext, session: CDPSession, close: () => Promise<void>): Profile {
  const taken = new Set<Page>();
  let isCutOff = false;
  /** The tabs opened while all are cut off: Playwright leaves alone what it has not seen before. */
  const late = new Map<Page, Tab>();
  return {
    async open(url, { hidden = false } = {}) {
      const [page] = await Promise.all([
        // Two that are opened at once both hear of both pages: each takes one.
        context.waitForEvent('page', { predicate: (page) => !taken.has(page) && taken.add(page) !== undefined }),
        session.send('Target.createTarget', { url: 'about:blank', newWindow: true }),
      ]);
      const tab = await tabOf(context, page);
      if (isCutOff) {
        late.set(page, tab);
        await tab.offline(true);
      }
      if (hidden) await tab.hide();
      await tab.goto(url);
      return tab;
    },
    async offline(isOffline) {
      isCutOff = isOffline;
      await context.setOffline(isOffline);
      const open = [...late].filter(([page]) => !page.isClosed());
      await Promise.all(open.map(([, tab]) => tab.offline(isOffline)));
    },
    close,
  };
}

async function tabOf(context: BrowserContext, page: Page): Promise<Tab> {
  const common = commonTab(page);
  const session = await context.newCDPSession(page);
  const { windowId } = await session.send('Browser.getWindowForTarget');
  const setWindow = async (windowState: 'minimized' | 'normal'): Promise<void> => {
    await session.send('Browser.setWindowBounds', { windowId, bounds: { windowState } });
    await common.run(
      async (wanted) => {
        while (document.visibilityState !== wanted) {
          await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
        }
      },
      windowState === 'normal' ? 'visible' : 'hidden',
    );
  };
  const tab: Tab = {
    ...common,
    async crash() {
      const crashed = new Promise((resolve) => page.once('crash', resolve));
      // The one who is asked cannot answer.
      session.send('Page.crash').catch(() => {});
      await crashed;
      await page.close();
    },
    // Only a hidden page is ever frozen.
    async freeze() {
      await tab.hide();
      await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    },
    async thaw() {
      await session.send('Page.setWebLifecycleState', { state: 'active' });
      await tab.show();
    },
    duplicate: async () => tabOf(context, await duplicated(context, page)),
    hide: () => setWindow('minimized'),
    show: () => setWindow('normal'),
    async offline(offline) {
      await session.send('Network.enable');
      const conditions = { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
      await session.send('Network.emulateNetworkConditions', conditions);
    },
  };
  return tab;
}
