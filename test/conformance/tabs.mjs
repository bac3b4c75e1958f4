import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundlePage } from './bundle.mjs';
import { startServer } from './server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page of a contestant: `tab` is what a case drives it by. */
const PAGE = (name) => `
import { createClient } from './${name}.mjs';
const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  values: () => Object.values(localStorage),
};
const ended = [];
let client;
globalThis.tab = {
  async start(tokens) {
    const onSignedOut = (reason) => ended.push(reason ?? 'sign-in page');
    client = await createClient({ origin: location.origin, tokens, storage, isPage: true, name: 'tabs', onSignedOut });
  },
  async ask(path, count) {
    const asked = Array.from({ length: count }, () =>
      client.send(path).then(({ status }) => String(status), (error) => error?.name ?? 'Error'));
    return Promise.all(asked);
  },
  state: () => ({ isSignedIn: client.isSignedIn(), ended }),
};
`;

/** The files of a contestant's page, by their path. */
export async function pageOf(name, isSource) {
  return {
    '/': `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,"><script type="module" src="/client.js"></script>`,
    '/client.js': await bundlePage(PAGE(name), { isSource }),
  };
}

/** Chromium, as the tests start it. The caller closes what it gives. */
export async function startChromium() {
  const outfile = `${root}node_modules/.cache/latchkey/conformance/engine.mjs`;
  await mkdir(new URL('.', pathToFileURL(outfile)), { recursive: true });
  await build({
    entryPoints: [`${root}test/browsers/engines/chromium.ts`],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    outfile,
  });
  const { startChromium: start } = await import(pathToFileURL(outfile));
  return start();
}

/**
 * Opens so many tabs of a page; the first has the tokens of a sign-in, and the others find what it stored.
 *
 * @param signIn Gives the tokens.
 * @param options.isLast Signs in when all others are there. Default is false: some read what is stored only once.
 */
export async function openTabs(profile, url, count, signIn, { isLast = false } = {}) {
  const tabs = [];
  for (let index = 0; index < count; index += 1) tabs.push(await profile.open(url));
  const [first, ...others] = tabs;
  const start = (tab, tokens) => tab.run((given) => globalThis.tab.start(given), tokens);
  if (!isLast) await start(first, await signIn());
  for (const tab of others) await start(tab);
  if (isLast) await start(first, await signIn());
  return tabs;
}

/** The cases that need two tabs of a real browser: `run(tabs, server)` gives what is wrong, or nothing. */
export const TAB_CASES = [
  {
    id: 'C28',
    title:
      'two tabs whose token is over at the same time, a server that rotates: nobody fails, nobody is signed out (Chromium)',
    async run(tabs, server) {
      server.refuseAll();
      const answers = await Promise.all(tabs.map((tab) => tab.run((path) => globalThis.tab.ask(path, 5), '/api/me/')));
      const failed = answers.flat().filter((answer) => answer !== '200');
      if (failed.length > 0) return `${failed.length} of 10 requests failed: ${failed[0]}`;
      const states = await Promise.all(tabs.map((tab) => tab.run(() => globalThis.tab.state())));
      return states.some(({ isSignedIn, ended }) => !isSignedIn || ended.length > 0) ? 'signed out' : undefined;
    },
  },
];

/**
 * Runs cases of two tabs, in one Chromium for all.
 *
 * @param work Gets `run(name, id)`, which gives an outcome.
 */
export async function withTabs(isSource, work) {
  const chromium = await startChromium();
  try {
    await work(async (name, id) => {
      const { run } = TAB_CASES.find((each) => each.id === id);
      const server = await startServer({ page: await pageOf(name, isSource) });
      const profile = await chromium.profile();
      try {
        // Over by the clock, too: axios-jwt holds a token for over ten seconds before.
        const lifetime = name === 'axios-jwt' ? 12 : 2;
        const tabs = await openTabs(profile, `${server.origin}/`, 2, () => server.issue({ lifetime }));
        await delay(2200);
        // As slow as a network is: the second tab asks before the first has its answer.
        server.script.refresh = () => delay(100);
        const why = await Promise.race([run(tabs, server), delay(20_000).then(() => 'did not end within 20 s')]);
        return why === undefined ? { verdict: 'pass' } : { verdict: 'fail', why };
      } catch (error) {
        return { verdict: 'fail', why: error.message };
      } finally {
        await profile.close();
        await server.stop();
      }
    });
  } finally {
    await chromium.close();
  }
}
