import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findWebkit } from '../../support/system.mjs';
import {
  expressionOf,
  type KeptCookie,
  type Launched,
  outcome,
  type Profile,
  type Start,
  type Tab,
  unable,
} from './engine.ts';
import { startProgram } from './process.ts';
import { isReady, openSession, type Session } from './webdriver.ts';

/** WebKitGTK's MiniBrowser, on a display of its own that nobody sees. */
export async function startWebkit({ anyCertificate = false }: Start = {}): Promise<Launched> {
  const webkit = findWebkit();
  if (webkit === undefined) {
    throw new Error('No WebKitGTK with its driver, or no Xvfb, here. Run: node test/support/system.mjs webkit');
  }
  const display = await startProgram(webkit.display, ['-displayfd', '1', '-screen', '0', '1280x1024x24']);
  const stops = [display.stop];
  const close = async (): Promise<void> => {
    for (const stop of stops.reverse()) await stop();
  };
  try {
    const port = await freePort();
    const driver = await startProgram(webkit.driver, [`--port=${port}`], {
      DISPLAY: `:${await display.said(/^(\d+)$/)}`,
      GDK_BACKEND: 'x11',
    });
    stops.push(driver.stop);
    const url = `http://127.0.0.1:${port}`;
    // It says nothing when it listens.
    while (!(await Promise.race([isReady(url), driver.ended]))) await delay(10);
    const open = (): Promise<Session> =>
      openSession(url, {
        acceptInsecureCerts: anyCertificate,
        'webkitgtk:browserOptions': { binary: webkit.browser, args: ['--automation'] },
      });
    let first: Session | undefined = await open();
    return {
      version: first.version,
      can: {
        crash: false,
        duplicate: false,
        freeze: false,
        openHidden: true,
        hide: false,
        offline: false,
        offlineTab: false,
        secureCookie: false,
      },
      async profile() {
        const session = first ?? (await open());
        first = undefined;
        return profileOf(session);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function profileOf(session: Session): Promise<Profile> {
  // The window that the session began with stays: the session ends with its last one.
  const anchor = String(await session.send('GET', 'window'));
  return {
    async open(url, { hidden = false } = {}) {
      const type = hidden ? 'tab' : 'window';
      const { handle } = (await session.sendTo(anchor, 'POST', 'window/new', { type })) as { handle: string };
      const tab = tabOf(session, handle);
      await tab.goto(url);
      return tab;
    },
    offline: unable('webkit', 'offline'),
    async close() {
      await session.send('DELETE', '');
    },
  };
}

function tabOf(session: Session, handle: string): Tab {
  const post = (command: string, body?: object): Promise<unknown> => session.sendTo(handle, 'POST', command, body);
  const evaluate = (script: string, ...args: readonly unknown[]): Promise<unknown> =>
    post('execute/sync', { script, args });
  const close = async (): Promise<void> => {
    await session.sendTo(handle, 'DELETE', 'window');
  };
  let runs = 0;
  return {
    async run(work: string | ((...args: never[]) => unknown), ...args: readonly unknown[]) {
      const id = runs++;
      // Other tabs run while this one waits, but a session does one command at a time: start it, then ask for the end.
      await evaluate(
        `const runs = (window.latchkeyRuns ??= {}); const [id] = arguments; runs[id] = '';
        ${expressionOf(work, args)}.then((text) => { runs[id] = text; });`,
        id,
      );
      // Often at first; whoever waits for long must not keep the machine from what it waits for.
      for (let pause = 5; ; pause = Math.min(pause * 1.3, 50)) {
        const text = await evaluate('return window.latchkeyRuns?.[arguments[0]] ?? null', id);
        if (text === null) throw new Error('The page went away before it had run to its end');
        if (text !== '') return outcome(String(text));
        await delay(pause);
      }
    },
    async goto(url) {
      await evaluate('window.latchkeyLeft = true');
      await post('url', { url });
      // Under load it says so before the page is there.
      while (await evaluate("return window.latchkeyLeft || document.readyState !== 'complete'")) await delay(5);
    },
    async reload() {
      await post('refresh');
    },
    async back() {
      await post('back');
    },
    close,
    cookies: async () => (await session.sendTo(handle, 'GET', 'cookie')) as KeptCookie[],
    // Ending a page's process ends the session, with all its tabs.
    crash: close,
    duplicate: unable('webkit', 'duplicate'),
    freeze: unable('webkit', 'freeze'),
    thaw: unable('webkit', 'thaw'),
    hide: unable('webkit', 'hide'),
    show: unable('webkit', 'show'),
    offline: unable('webkit', 'offline of one tab'),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
