// @ts-check
// Serves the page until Ctrl-C: `npm run demo`, or `npm run demo -- --django` with a real Django behind it.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { startDjango } from '../test/servers/django/start.mjs';
import { ensure } from '../test/support/system.mjs';

const { CI, DISPLAY, WAYLAND_DISPLAY } = process.env;
const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== '--django');
if (unknown === undefined) await serve(flags.includes('--django'));
else {
  console.error(`Unknown: ${unknown}\nUsage: npm run demo [-- --django]`);
  process.exitCode = 1;
}

/** @param {boolean} withDjango */
async function serve(withDjango) {
  if (withDjango && !ensure(['django'])) {
    process.exitCode = 1;
    return;
  }
  const django = withDjango ? await startDjango({ accessLifetime: 20 }) : undefined;
  // On one machine a refresh is over before the eye sees anybody wait for it.
  await django?.set({ refreshDelayMs: 800 });
  const hasDesktop = process.platform === 'darwin' || process.platform === 'win32' || DISPLAY || WAYLAND_DISPLAY;
  const vite = await createServer({
    configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
    mode: django ? 'django' : 'development',
    logLevel: 'warn',
    server: {
      host: '127.0.0.1',
      port: 5173,
      open: Boolean(hasDesktop && !CI),
      // Nobody edits the files there, and a test wants no reload.
      ...(CI && { hmr: false, watch: null }),
      ...(django && { proxy: { '^/(auth|api|_control)/': django.url } }),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await Promise.allSettled([django?.stop(), vite.close()]);
      process.exit();
    });
  }
  await vite.listen();
  const what = django ? 'Django' : 'a server inside the page';
  console.log(`The demo, with ${what}, is at ${vite.resolvedUrls?.local[0]} until Ctrl-C.`);
}
