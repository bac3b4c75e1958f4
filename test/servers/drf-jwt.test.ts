// @vitest-environment node
import { setTimeout as delay } from 'node:timers/promises';
import axios from 'axios';
import { createSession, memoryStore, type SessionOptions } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import type { UsernameAndPassword } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { PRESETS, RIGHT, WRONG } from './presets.ts';

let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(() => django.reset());

function app(options: Partial<SessionOptions<UsernameAndPassword>> = {}) {
  const { backend, api: urls } = PRESETS['drf-jwt'](django.url);
  const session = createSession<UsernameAndPassword>({ backend, store: memoryStore(), ...options });
  const events: string[] = [];
  session.on('expiring', ({ cause }) => events.push(`expiring:${cause}`));
  session.on('signed-out', ({ reason }) => events.push(reason));
  const api = axios.create({ baseURL: django.url });
  attachSession(api, session);
  return { session, api, urls, events };
}

describe('the older single token of a real Django', () => {
  it('is presented with its own word, and says who is signed in (C49)', async () => {
    const { session, api, urls } = app();
    expect(await session.signIn(RIGHT)).toMatchObject({ user_id: 1, username: 'alice' });
    expect((await api.get(urls.echo)).data.headers.authorization).toBe('JWT');
  });

  it('is renewed while it lives, ahead of its end, and then lives longer (C49)', async () => {
    await django.set({ accessLifetime: 4 });
    const { session, api, urls } = app();
    const { exp } = await session.signIn(RIGHT);
    for (let time = 0; time < 3; time += 1) {
      const { tokenExpiresAt = 0 } = session.getState() as { tokenExpiresAt?: number };
      await delay(tokenExpiresAt - Date.now() - 700);
      expect((await api.get(urls.me)).status).toBe(200);
    }
    expect(session.getState()).toMatchObject({ user: { exp: expect.toSatisfy((later) => later > Number(exp) + 4) } });
    expect(await django.count('/auth/legacy/refresh/')).toBe(3);
    expect((await django.log()).filter(({ status }) => status >= 400)).toEqual([]);
  });

  it('cannot be renewed once it is dead: the session is over, and the app is told why', async () => {
    await django.set({ accessLifetime: 1 });
    const { session, api, urls, events } = app();
    await session.signIn(RIGHT);
    await delay(1100);
    await expect(api.get(urls.me)).rejects.toMatchObject({ code: 'signed-out', reason: 'expired' });
    expect(events).toEqual(['expired']);
    expect(await django.count('/auth/legacy/refresh/')).toBe(1);
  });

  it('is not renewed for ever: when that is over the session lives to the end of its token, and says so before', async () => {
    await django.set({ accessLifetime: 3, legacyRefreshDelta: 0 });
    const { session, api, urls, events } = app();
    await session.signIn(RIGHT);
    await delay(1050);
    await session.refresh().catch(() => {});
    expect(events).toEqual(['expiring:refresh-rejected']);
    expect((await api.get(urls.me)).status).toBe(200);
    await delay(2000);
    await api.get(urls.me).catch(() => {});
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
  });
});

describe('the contract, asked of it', () => {
  const of = (url: string) => backendContract(PRESETS['drf-jwt'](url).backend, { right: RIGHT, wrong: WRONG });
  it.each(of('http://127.0.0.1').map(({ title }) => title))('is kept: %s', async (title) => {
    await of(django.url)
      .find((one) => one.title === title)
      ?.check();
  });
});
