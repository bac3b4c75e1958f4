// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import type { JwtClaims } from 'latchkey';
import { simpleJwt, withRenewal } from 'latchkey/backends';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser, type Tab } from './browser.ts';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { PRESETS, type Preset, RIGHT } from './presets.ts';

let django: DjangoServer;
let browser: Browser;
let preset: Preset;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(async () => {
  await django.reset();
  await django.set({ slideHeader: 'X-New-Token' });
  browser = createBrowser();
  preset = PRESETS.sliding(django.url);
});
afterEach(() => browser.close());

const claimsOf = ({ session }: Tab): JwtClaims => {
  const state = session.getState();
  return state.status === 'signed-in' ? ((state.user ?? {}) as JwtClaims) : {};
};
/** A tab that has signed in a second ago: what the server issues from now on counts as newer. */
async function openOlder(): Promise<Tab> {
  const tab = await browser.openTab(preset);
  await tab.session.signIn(RIGHT);
  await delay(1050);
  return tab;
}

describe('a session on a real Django that slides', () => {
  it.each(['axios', 'fetch'] as const)(
    'takes the newer token up that comes along with an answer to %s (C46, SES-6)',
    async (client) => {
      const tab = await openOlder();
      const before = claimsOf(tab);
      const answer = await (client === 'axios' ? tab.api.get(preset.api.me) : tab.fetch(preset.api.me));
      const body = client === 'axios' ? (answer as { data: unknown }).data : await (answer as Response).json();
      expect(body).toMatchObject({ username: 'alice' });
      await expect.poll(() => claimsOf(tab).jti).not.toBe(before.jti);
      expect(Number(claimsOf(tab).exp)).toBeGreaterThan(Number(before.exp));
      expect((await tab.api.get(preset.api.me)).data.jti).toBe(claimsOf(tab).jti);
      expect(await django.count('/auth/token/refresh/')).toBe(0);
    },
  );

  it('takes it up from a member of the body, which the caller reads all the same (C46)', async () => {
    await django.set({ slideHeader: null, slideField: true });
    preset = {
      ...preset,
      backend: withRenewal(simpleJwt({ baseUrl: `${django.url}/auth` }), { field: 'token' }),
    };
    const tab = await openOlder();
    const before = claimsOf(tab);
    const answer = await tab.fetch(preset.api.me);
    expect(await answer.json()).toMatchObject({ username: 'alice', token: expect.any(String) });
    await expect.poll(() => claimsOf(tab).jti).not.toBe(before.jti);
  });

  it.each(['older', 'foreign', 'twice', 'missing'] as const)(
    'ignores one that is %s (C46, B7, SES-6)',
    async (slideFault) => {
      await django.set({ slideFault });
      const tab = await openOlder();
      const before = claimsOf(tab);
      await Promise.all([tab.api.get(preset.api.me), tab.fetch(preset.api.me)]);
      await delay(200);
      expect([claimsOf(tab).jti, tab.events]).toEqual([before.jti, ['signed-in']]);
      // It was nothing but this fault.
      await django.set({ slideFault: null });
      await tab.api.get(preset.api.me);
      await expect.poll(() => claimsOf(tab).jti).not.toBe(before.jti);
    },
  );

  it('commits one of twenty that come at once, and the other tab has it, too (C46, SES-6)', async () => {
    const one = await openOlder();
    const two = await browser.openTab(preset);
    const before = claimsOf(one).jti;
    expect(claimsOf(two).jti).toBe(before);
    await Promise.all(Array.from({ length: 20 }, () => one.api.get(preset.api.me)));
    await expect.poll(() => claimsOf(two).jti).not.toBe(before);
    await expect.poll(() => claimsOf(one).jti).toBe(claimsOf(two).jti);
    // Tokens of the same second are not newer than each other; the twenty may lie in two of them.
    expect(one.events.filter((event) => event === 'refreshed').length).toBeLessThanOrEqual(2);
    expect(await django.count('/auth/token/refresh/')).toBe(0);
  });

  it('lives on without one refresh for as long as somebody uses it', async () => {
    await django.set({ accessLifetime: 3 });
    const tab = await browser.openTab(preset);
    await tab.session.signIn(RIGHT);
    for (let time = 0; time < 4; time += 1) {
      await delay(1050);
      expect((await tab.api.get(preset.api.me)).status).toBe(200);
      await delay(100);
    }
    expect(await django.count('/auth/token/refresh/')).toBe(0);
  });
});
