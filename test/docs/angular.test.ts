// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { HttpClient } from '@angular/common/http';
import {
  type ApplicationConfig,
  type ApplicationRef,
  mergeApplicationConfig,
  provideZonelessChangeDetection,
  type Type,
} from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Router } from '@angular/router';
import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { firstValueFrom, type MonoTypeOperatorFunction } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';
import { complaintsOf } from '../support/compiler.ts';

const ALICE = { username: 'alice', password: 'alice-pass-1' };

let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: Session<typeof ALICE, { username: string } | undefined>;
let app: ApplicationRef | undefined;

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('angular', 'docs/angular.md');
});
afterAll(() => apiExample.close());
beforeEach(async () => {
  // That it runs in development mode, and that each test has components of its own.
  for (const level of ['log', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => {});
  vi.resetModules();
  localStorage.clear();
  history.replaceState(null, '', '/');
  document.head.innerHTML = '<base href="/">';
  document.body.innerHTML = '<app-root></app-root>';
  apiExample.use(
    http.get('https://api.example.com/orders/', ({ request }) =>
      request.headers.has('Authorization')
        ? HttpResponse.json([{ id: 1, what: 'A lamp' }])
        : HttpResponse.json({}, { status: 401 }),
    ),
  );
  ({ session } = (await block('session.ts')) as { session: typeof session });
  sent.length = 0;
});
afterEach(() => {
  app?.destroy();
  app = undefined;
  session.dispose();
  vi.useRealTimers();
  apiExample.resetHandlers();
});

async function start(): Promise<Router> {
  const { App } = (await block('routes.ts')) as { App: Type<unknown> };
  const { appConfig } = (await block('app-config.ts')) as { appConfig: ApplicationConfig };
  const zoneless = { providers: [provideZonelessChangeDetection()] };
  app = await bootstrapApplication(App, mergeApplicationConfig(appConfig, zoneless));
  await app.whenStable();
  return app.injector.get(Router);
}

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const text = (): string => document.body.textContent?.replace(/\s+/g, ' ').trim() ?? '';

function typeAndSubmit(password: string): void {
  const [name, word] = [...document.querySelectorAll('input')] as [HTMLInputElement, HTMLInputElement];
  name.value = ALICE.username;
  word.value = password;
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
}

describe('docs/angular.md', () => {
  it('is typed from end to end: every example passes the compiler, with the session that it registers', async () => {
    const files = ['app-config.ts', 'orders.ts', 'retry.ts', 'routes.ts', 'session.ts', 'sign-in.ts'];
    expect(await complaintsOf('angular', { files })).toBe('');
  }, 120_000);

  it('leads a visitor over the form to the page that was asked for, with its data', async () => {
    const router = await start();
    expect(router.url).toBe('/sign-in?next=%2Forders');
    typeAndSubmit('wrong');
    await vi.waitFor(() => expect(text()).toContain('No active account found'));
    typeAndSubmit(ALICE.password);
    await vi.waitFor(() => expect(text()).toBe('Hello aliceA lamp'));

    expect(router.url).toBe('/orders');
    expect(sent.filter((line) => line === 'GET /orders/')).toHaveLength(1);
  });

  it('leaves the page in which the session ends', async () => {
    await session.signIn(ALICE);
    const router = await start();
    await vi.waitFor(() => expect(text()).toBe('Hello aliceA lamp'));
    await session.signOut();
    await vi.waitFor(() => expect(router.url).toBe('/sign-in?next=%2Forders'));
    expect(text()).not.toMatch(/alice|lamp/);
    typeAndSubmit(ALICE.password);
    await vi.waitFor(() => expect(text()).toBe('Hello aliceA lamp'));
  });

  it('keeps the way back when the session that was stored is found ended', async () => {
    await session.signIn(ALICE);
    session.dispose();
    vi.resetModules();
    vi.setSystemTime(Date.now() + 301_000);
    const rejected = { detail: 'Token is blacklisted', code: 'token_not_valid' };
    apiExample.use(
      http.post('https://api.example.com/auth/token/refresh/', () => HttpResponse.json(rejected, { status: 401 })),
    );
    ({ session } = (await block('session.ts')) as { session: typeof session });
    history.replaceState(null, '', '/orders?page=2');
    const router = await start();
    await vi.waitFor(() => expect(text()).toContain('Sign in'));
    expect(session.getState()).toMatchObject({ status: 'signed-out', reason: expect.any(String) });
    await turns();
    expect(router.url).toBe('/sign-in?next=%2Forders%3Fpage%3D2');
  });

  it.each(['//evil.example', 'https://evil.example/', '/%2F/evil.example', 'javascript:alert(1)', '/nowhere'])(
    'leads to no other site, and nobody to an error: %s',
    async (next) => {
      history.replaceState(null, '', `/sign-in?${new URLSearchParams({ next })}`);
      const router = await start();
      typeAndSubmit(ALICE.password);
      await vi.waitFor(() => expect(text()).toBe('Hello aliceA lamp'));
      expect(router.url).toBe('/orders');
    },
  );

  it('asks for nothing of one user as another, when it tries again', async () => {
    await session.signIn(ALICE);
    await start();
    const { retryTwice } = (await block('retry.ts')) as { retryTwice: () => MonoTypeOperatorFunction<unknown> };
    const asked: (string | null)[] = [];
    apiExample.use(
      http.get('https://api.example.com/bill/', ({ request }) => {
        asked.push(request.headers.get('Authorization'));
        return new Promise(() => {});
      }),
    );
    const bill = app?.injector.get(HttpClient).get('https://api.example.com/bill/').pipe(retryTwice());
    const failing = firstValueFrom(bill as NonNullable<typeof bill>).catch((error) => error);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await session.signInWithTokens({ accessToken: 'ey-bob' });

    expect(await failing).toMatchObject({ code: 'session-changed' });
    expect(asked).toHaveLength(1);
  });

  it('tries again what the network lost', async () => {
    await session.signIn(ALICE);
    await start();
    const { retryTwice } = (await block('retry.ts')) as { retryTwice: () => MonoTypeOperatorFunction<unknown> };
    let failures = 1;
    apiExample.use(
      http.get('https://api.example.com/bill/', () => (failures-- > 0 ? HttpResponse.error() : HttpResponse.json(7))),
    );
    const bill = app?.injector.get(HttpClient).get('https://api.example.com/bill/').pipe(retryTwice());

    expect(await firstValueFrom(bill as NonNullable<typeof bill>)).toBe(7);
  });
});
