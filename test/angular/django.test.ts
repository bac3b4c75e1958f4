// @vitest-environment node
import '@angular/compiler';
import { IMAGE_CONFIG } from '@angular/common';
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import { DOCUMENT } from '@angular/core';
import { Window } from 'happy-dom';
import { createSession, memoryStore } from 'latchkey';
import { provideSession, sessionInterceptor } from 'latchkey/angular';
import { simpleJwt } from 'latchkey/backends';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../servers/django/start.mjs';
import { destroyApps, startApp } from './world.ts';

let server: DjangoServer;

beforeAll(async () => {
  server = await startDjango();
});
afterAll(async () => {
  destroyApps();
  await server?.stop();
});

describe('HttpClient and the real Django', () => {
  it('sends 20 requests when the token has run out: one refresh, no refusal that anybody sees (C1, C49)', async () => {
    const { url } = server;
    await server.set({ accessLifetime: 2 });
    const session = createSession({ backend: simpleJwt({ baseUrl: `${url}/auth` }), store: memoryStore() });
    const app = await startApp([
      // The test servers want Node itself, and Angular something like a page.
      { provide: DOCUMENT, useValue: new Window().document },
      { provide: IMAGE_CONFIG, useValue: { disableImageSizeWarning: true, disableImageLazyLoadWarning: true } },
      provideSession(session, { resourceServers: [url] }),
      provideHttpClient(withFetch(), withInterceptors([sessionInterceptor])),
    ]);
    const http = app.injector.get(HttpClient);
    await session.signIn({ username: 'alice', password: 'alice-pass-1' });
    expect(await firstValueFrom(http.get(`${url}/api/me/`))).toMatchObject({ username: 'alice' });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await server.set({ accessLifetime: 300 });
    const before = await server.count('/auth/token/refresh/');
    const answers = await Promise.all(Array.from({ length: 20 }, () => firstValueFrom(http.get(`${url}/api/me/`))));

    expect(answers).toHaveLength(20);
    expect((await server.count('/auth/token/refresh/')) - before).toBeLessThanOrEqual(1);
    expect((await server.log()).filter(({ status }) => status >= 400)).toEqual([]);
    expect(session.getState().status).toBe('signed-in');
    await session.signOut();
    await expect(firstValueFrom(http.get(`${url}/api/me/`))).rejects.toMatchObject({ status: 401 });
    session.dispose();
  });
});
