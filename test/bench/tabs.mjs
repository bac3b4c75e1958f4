import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CONTESTANTS } from '../conformance/bundle.mjs';
import { openTabs, pageOf, startChromium } from '../conformance/tabs.mjs';
import { startDjango } from '../servers/django/start.mjs';

const REFRESH = '/auth/token/refresh/';
/** Seconds: over for everybody but a client that holds tokens for over ten seconds before. */
const LIFETIME = 4;
/** What cannot be asked of a Django, and why. */
const CANNOT = { 'oauth2-client': 'speaks OAuth 2.0 only, and SimpleJWT does not' };

/**
 * Eight tabs of one user in Chromium, on a real Django with SimpleJWT that rotates and revokes: all ask five times at once
 * when the token is over; a new profile, and a new sign-in, for each expiry. Nobody looks at all eight at the same time, but Chromium believes so: a client that renews
 * ahead of time may.
 */
export async function measureTabs({ isQuick, names = CONTESTANTS }) {
  const count = 8;
  const expiries = isQuick ? 1 : 5;
  const rows = [];
  const chromium = await startChromium();
  try {
    for (const name of names) {
      if (CANNOT[name]) rows.push({ name, why: CANNOT[name] });
      else rows.push({ name, ...(await measureOne(chromium, name, count, expiries)) });
    }
    return { chromium: chromium.version, count, expiries, rows };
  } finally {
    await chromium.close();
  }
}

/** Tokens of a sign-in that live so long; those that come after them live longer than the run. */
async function signIn(django, accessLifetime) {
  await django.set({ accessLifetime });
  const response = await fetch(`${django.url}/auth/token/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'alice', password: 'alice-pass-1' }),
  });
  const { access, refresh } = await response.json();
  await django.set({ accessLifetime: 3600 });
  return { accessToken: access, refreshToken: refresh };
}

async function measureOne(chromium, name, count, expiries) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const page = await pageOf(name, false);
  await writeFile(join(folder, 'index.html'), page['/']);
  await writeFile(join(folder, 'client.js'), page['/client.js']);
  // A client that refreshes ten seconds before the end would refresh for every request of such short tokens.
  const lifetime = name === 'axios-jwt' ? LIFETIME + 10 : LIFETIME;
  const django = await startDjango({ staticDir: folder });
  const sum = { refreshes: 0, failures: 0, signedOut: 0 };
  try {
    for (let expiry = 0; expiry < expiries; expiry += 1) {
      const profile = await chromium.profile();
      try {
        const tabs = await openTabs(profile, `${django.url}/`, count, () => signIn(django, lifetime), { isLast: true });
        await delay((LIFETIME + 1) * 1000);
        const asked = Promise.all(tabs.map((tab) => tab.run(() => globalThis.tab.ask('/api/me/', 5))));
        const answers = await Promise.race([asked, delay(20_000)]);
        if (answers === undefined) sum.note = 'some requests never ended';
        sum.failures += answers?.flat().filter((answer) => answer !== '200').length ?? count * 5;
        const states = await Promise.all(tabs.map((tab) => tab.run(() => globalThis.tab.state())));
        sum.signedOut += states.filter(({ isSignedIn, ended }) => !isSignedIn || ended.length > 0).length;
        sum.refreshes += await django.count(REFRESH);
        await django.reset();
      } finally {
        await profile.close();
      }
    }
    return { ...sum, requests: count * 5 * expiries };
  } finally {
    await django.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
