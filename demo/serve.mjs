// @ts-check
// Serves the page until Ctrl-C: `npm run demo`, or with a real server behind it, such as `npm run demo -- --django`.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { ensure } from '../test/support/system.mjs';

/** @typedef {{ readonly url: string, stop(): Promise<void>, revokeAll(): void | Promise<void> }} Server */

/** What each flag starts, once the page has its URL; and what the paths are that go to it. */
const SERVERS = {
  django: { name: 'Django', isPython: true, start: startDjango },
  flask: { name: 'Flask', isPython: true, start: startFlask },
  oidc: { name: 'an OpenID provider', isPython: false, start: startOidc },
};
/** In seconds: short, so that nobody waits long to see one expire. */
const ACCESS_LIFETIME = 20;
// On one machine a refresh is over before the eye sees anybody wait for it.
const REFRESH_DELAY = 800;

const { CI, DISPLAY, WAYLAND_DISPLAY } = process.env;
const flags = process.argv.slice(2);
const names = /** @type {(keyof typeof SERVERS)[]} */ (Object.keys(SERVERS));
const unknown = flags.find((flag, index) => index > 0 || !names.some((name) => flag === `--${name}`));
if (unknown === undefined) await serve(names.find((name) => flags.includes(`--${name}`)));
else {
  console.error(`Unknown: ${unknown}\nUsage: npm run demo [-- --django | --flask | --oidc]`);
  process.exitCode = 1;
}

/** @param {keyof typeof SERVERS | undefined} kind */
async function serve(kind) {
  const real = kind && SERVERS[kind];
  if (kind && real?.isPython && !ensure([kind])) {
    process.exitCode = 1;
    return;
  }
  // A server in Python wants no URL of the page; a provider must know it, and is asked for over another origin.
  let server = real?.isPython ? await real.start('') : undefined;
  const hasDesktop = process.platform === 'darwin' || process.platform === 'win32' || DISPLAY || WAYLAND_DISPLAY;
  const vite = await createServer({
    configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
    mode: kind ?? 'development',
    logLevel: 'warn',
    plugins: kind === 'oidc' ? [controls(() => server)] : [],
    server: {
      host: '127.0.0.1',
      port: 5173,
      open: Boolean(hasDesktop && !CI),
      // Nobody edits the files there, and a test wants no reload.
      ...(CI && { hmr: false, watch: null }),
      ...(server && { proxy: { '^/(auth|api|_control)/': server.url } }),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await Promise.allSettled([server?.stop(), vite.close()]);
      process.exit();
    });
  }
  await vite.listen();
  const url = vite.resolvedUrls?.local[0] ?? '';
  server ??= await real?.start(url);
  console.log(`The demo, with ${real?.name ?? 'a server inside the page'}, is at ${url} until Ctrl-C.`);
}

/** @returns {Promise<Server>} */
async function startDjango() {
  const module = await import('../test/servers/django/start.mjs');
  const django = await module.startDjango({ accessLifetime: ACCESS_LIFETIME });
  await django.set({ refreshDelayMs: REFRESH_DELAY });
  return django;
}

/** @returns {Promise<Server>} */
async function startFlask() {
  const module = await import('../test/servers/flask/start.mjs');
  return await module.startFlask({ accessLifetime: ACCESS_LIFETIME, refreshDelayMs: REFRESH_DELAY, rotate: true });
}

/**
 * @param {string} url
 * @returns {Promise<Server>}
 */
async function startOidc(url) {
  const module = await import('../test/servers/oidc/start.mjs');
  return await module.startOidc({
    accessTokenTTL: ACCESS_LIFETIME,
    redirectUris: [url],
    postLogoutRedirectUris: [url],
  });
}

/**
 * What the page asks of its own server, where the other one is a provider: who that is, and that it forgets all tokens.
 * @param {() => Server | undefined} find
 * @returns {import('vite').Plugin}
 */
function controls(find) {
  return {
    name: 'demo-controls',
    configureServer({ middlewares }) {
      middlewares.use('/_demo/issuer', (_, response) => void response.end(find()?.url));
      middlewares.use('/_control/revoke-all', (_, response) => {
        find()?.revokeAll();
        response.end('{}');
      });
    },
  };
}
