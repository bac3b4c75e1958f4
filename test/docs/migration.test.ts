// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { HttpClient } from '@angular/common/http';
import {
  type ApplicationRef,
  type EnvironmentProviders,
  provideZonelessChangeDetection,
  type Type,
} from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import type { AxiosInstance } from 'axios';
import { createSession, type Migration, memoryStore, type Session } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { HttpResponse, http } from 'msw';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';
import { setHidden } from '../support/page-visibility.ts';

const ME = 'https://api.example.com/api/me/';

interface Before {
  readonly api: AxiosInstance;
  signIn(username: string, password: string): Promise<void>;
  signOut(): unknown;
}
interface After extends Before {
  readonly session: Session;
}

let session: Session | undefined;

beforeAll(() => apiExample.listen({ onUnhandledRequest: 'error' }));
afterAll(() => apiExample.close());
beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  setHidden(true);
  sent.length = 0;
});
afterEach(() => {
  session?.dispose();
  session = undefined;
  apiExample.resetHandlers();
});

/** The server takes none of the access tokens that it gave so far: the next request is refused, until it brings another. */
function expire(): void {
  apiExample.use(http.get(ME, () => HttpResponse.json({ detail: 'no' }, { status: 401 }), { once: true }));
}

function restored(module: { readonly session: Session }): Promise<void> {
  session = module.session;
  return session.ready;
}

describe('docs/migration.md', () => {
  it('takes over what lies under the keys of the app before', async () => {
    const block = await writeBlocks('migration', 'docs/migration.md');
    const answer = await fetch('https://api.example.com/auth/register/', { method: 'POST' });
    const { access, refresh } = (await answer.json()) as { access: string; refresh: string };
    localStorage.setItem('jwta', access);
    localStorage.setItem('jwtr', refresh);
    await restored((await block('session.ts')) as never);
    expect(session?.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(Object.keys(localStorage)).toEqual(['latchkey.1.default']);
  });

  it('takes over what a state has in it, and leaves the rest of that', async () => {
    const block = await writeBlocks('migration', 'docs/migration.md');
    const { migrate } = (await block('stored-state.ts')) as { migrate: Migration };
    const state = { theme: 'dark', auth: { token: 'e30.e30.x', renewal: 'r1' } };
    localStorage.setItem('persist:root', JSON.stringify(state));
    const backend = simpleJwt({ baseUrl: 'https://api.example.com/auth' });
    await restored({ session: createSession({ backend, store: memoryStore(), migrate }) as never });
    expect(await session?.getAccessToken()).toBe('e30.e30.x');
    expect(localStorage.getItem('persist:root')).toBe('{"theme":"dark"}');
  });
});

describe.each([
  ['axios-auth-refresh', ['access', 'refresh']],
  ['axios-jwt', ['auth-tokens-production']],
  ['copied-interceptor', ['jwta', 'jwtr']],
])('docs/migration/%s.md', (guide, keys) => {
  async function load<Module>(file: string): Promise<Module> {
    const block = await writeBlocks(`migration-${guide}`, `docs/migration/${guide}.md`);
    return (await block(file)) as Module;
  }
  beforeEach(() => vi.stubEnv('NODE_ENV', 'production'));
  afterEach(() => vi.unstubAllEnvs());

  it('shows an app that works: it signs in, sends its token, and refreshes it', async () => {
    const { api, signIn, signOut } = await load<Before>('before.ts');
    await signIn('alice', 'alice-pass-1');
    expect(Object.keys(localStorage).sort()).toEqual(keys);
    expect((await api.get('/api/me/')).data).toMatchObject({ username: 'alice' });
    // One of the three asks its clock, and the others the server.
    if (guide === 'axios-jwt') vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000);
    else expire();
    expect((await api.get('/api/me/')).status).toBe(200);
    expect(sent.filter((line) => line.endsWith('/refresh/'))).toHaveLength(1);
    await signOut();
    expect({ ...localStorage }).toEqual({});
  });

  it('and the same app after, in which its user is signed in, and nothing is left of the old keys', async () => {
    const before = await load<Before>('before.ts');
    await before.signIn('alice', 'alice-pass-1');
    sent.length = 0;
    const after = await load<After>('after.ts');
    const told: string[] = [];
    for (const type of ['signed-in', 'diagnostic'] as const) after.session.on(type, () => told.push(type));
    await restored(after);
    expect(after.session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(Object.keys(localStorage)).toEqual(['latchkey.1.default']);
    expect((await after.api.get('/api/me/')).data).toMatchObject({ username: 'alice' });
    expect([told, sent]).toEqual([[], ['GET /api/me/']]);
    expire();
    expect((await after.api.get('/api/me/')).status).toBe(200);
    expect(sent.filter((line) => line.endsWith('/refresh/'))).toHaveLength(1);
  });

  it('which signs in and out by the same two functions', async () => {
    const { session: own, signIn, signOut } = await load<After>('after.ts');
    await restored({ session: own });
    await signIn('alice', 'alice-pass-1');
    expect(own.getState().status).toBe('signed-in');
    await signOut();
    expect(own.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect({ ...localStorage }).toEqual({});
  });
});

describe('docs/migration/angular-jwt.md', () => {
  interface Auth {
    isSignedIn(): boolean;
    signIn(username: string, password: string): Promise<void>;
  }
  interface Angular {
    readonly providers: EnvironmentProviders[];
    readonly Auth: Type<Auth>;
  }
  const apps: ApplicationRef[] = [];
  afterEach(() => {
    for (const app of apps.splice(0)) app.destroy();
  });
  // Angular's own modules stay: an application is made of one copy of it.
  const blocks = () => writeBlocks('migration-angular-jwt', 'docs/migration/angular-jwt.md');
  async function start({ Auth, providers }: Angular) {
    const app = await createApplication({ providers: [provideZonelessChangeDetection(), ...providers] });
    apps.push(app);
    const client = app.injector.get(HttpClient);
    return { auth: app.injector.get(Auth), me: () => firstValueFrom(client.get<{ username: string }>(ME)) };
  }

  it('shows an app that works, and the same app after, in which its user is signed in', async () => {
    const block = await blocks();
    const before = await start((await block('before.ts')) as unknown as Angular);
    expect(before.auth.isSignedIn()).toBe(false);
    await before.auth.signIn('alice', 'alice-pass-1');
    expect(before.auth.isSignedIn()).toBe(true);
    expect(await before.me()).toMatchObject({ username: 'alice' });
    sent.length = 0;

    const module = (await block('after.ts')) as unknown as Angular & { readonly session: Session };
    await restored(module);
    const after = await start(module);
    expect(after.auth.isSignedIn()).toBe(true);
    expect(Object.keys(localStorage)).toEqual(['latchkey.1.default']);
    expire();
    expect(await after.me()).toMatchObject({ username: 'alice' });
    expect(sent).toEqual(['GET /api/me/', 'POST /auth/token/refresh/', 'GET /api/me/']);
    await session?.signOut();
    expect(after.auth.isSignedIn()).toBe(false);
    await after.auth.signIn('alice', 'alice-pass-1');
    expect(after.auth.isSignedIn()).toBe(true);
  });
});
