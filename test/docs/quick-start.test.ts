// @vitest-environment-options { "url": "http://localhost:5173/" }
import '@angular/compiler';
import { request as send } from 'node:http';
import { join } from 'node:path';
import type { ApplicationRef } from '@angular/core';
import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeBlocks } from '../support/blocks.ts';
import { compileSfcs } from '../vue/compile-sfc.ts';
import { startTryDjango, type TryDjango } from './try-django.ts';

type Block = Awaited<ReturnType<typeof writeBlocks>>;

const root = join(import.meta.dirname, '../..');
let django: TryDjango;
let sent: string[] = [];
let end: () => void;

/** What Vite does in development: whatever begins with `/api` goes to Django. */
const proxy = setupServer(
  http.all('http://localhost:5173/api/*', async ({ request }) => {
    const { pathname: path } = new URL(request.url);
    const body = await request.text();
    const { method } = request;
    return await new Promise<HttpResponse<string>>((resolve, reject) => {
      const headers = Object.fromEntries([...request.headers].filter(([name]) => name !== 'content-length'));
      const outgoing = send({ host: '127.0.0.1', port: django.port, path, method, headers }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        sent.push(`${method} ${path} ${answer.statusCode}`);
        const type = answer.headers['content-type'] ?? '';
        resolve(
          new HttpResponse(Buffer.concat(chunks).toString(), {
            status: answer.statusCode ?? 0,
            headers: { 'Content-Type': type },
          }),
        );
      });
      outgoing.once('error', reject).end(body);
    });
  }),
);

beforeAll(async () => {
  django = await startTryDjango();
  proxy.listen({ onUnhandledRequest: 'bypass' });
});
afterAll(async () => {
  proxy.close();
  await django?.stop();
});
beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  sent = [];
  end = () => {};
  document.body.innerHTML = '<div id="app"></div><app-root></app-root>';
});
afterEach(() => end());

/** Starts the app of a page, and gives back what ends it. */
const apps: Readonly<Record<string, (block: Block) => Promise<() => void>>> = {
  async plain(block) {
    await block('main.ts');
    return () => {};
  },
  async react(block) {
    const { createRoot } = await import('react-dom/client');
    const { createElement, StrictMode } = await import('react');
    const { default: App } = (await block('App.tsx')) as { default: () => unknown };
    const app = createRoot(document.querySelector('#app') as Element);
    app.render(createElement(StrictMode, undefined, createElement(App as never)));
    return () => app.unmount();
  },
  async vue(block) {
    await compileSfcs(join(root, 'test/.blocks/quick-vue'));
    const { app } = (await block('main.ts')) as { app: { unmount(): void } };
    return () => app.unmount();
  },
  async angular(block) {
    const { bootstrapApplication } = await import('@angular/platform-browser');
    const { App } = (await block('app.ts')) as { App: never };
    const { appConfig } = (await block('app.config.ts')) as { appConfig: { providers: never[] } };
    const app: ApplicationRef = await bootstrapApplication(App, appConfig);
    return () => app.destroy();
  },
};

const text = (): string => document.body.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const until = (expectation: () => void): Promise<void> => vi.waitFor(expectation, 5000);

async function typeAndSubmit(...values: readonly string[]): Promise<void> {
  await until(() => expect(document.querySelectorAll('input')).toHaveLength(2));
  for (const [index, input] of [...document.querySelectorAll('input')].entries()) {
    input.value = values[index] ?? '';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
  document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
}

describe.each(Object.keys(apps))('docs/quick-start/%s.md', (name) => {
  it('leads from nothing to a request that carries a token, on a real Django, and out again', async () => {
    const block = await writeBlocks(`quick-${name}`, `docs/quick-start/${name}.md`);
    end = (await apps[name]?.(block)) ?? (() => {});
    const { session } = (await block('session.ts')) as { session: Session };
    const endApp = end;
    end = () => {
      endApp();
      session.dispose();
    };

    await typeAndSubmit('alice', 'wrong');
    await until(() => expect(text()).toContain('No active account found with the given credentials'));
    await typeAndSubmit('alice', 'alice-pass-1');
    await until(() => expect(text()).toMatch(/Hello alice\s?Sign out/));
    await session.refresh();
    document.querySelector('button')?.click();
    await until(() => expect(text()).toMatch(/Name\s?Password\s?Sign in/));
    await until(() => expect(sent).toContain('POST /api/token/blacklist/ 200'));

    const requests = sent.filter((line, index) => line !== sent[index - 1]);
    expect(requests.filter((line) => line.startsWith('POST'))).toEqual([
      'POST /api/token/ 401',
      'POST /api/token/ 200',
      'POST /api/token/refresh/ 200',
      'POST /api/token/blacklist/ 200',
    ]);
    expect(requests).toContain('GET /api/me/ 200');
    expect(requests.filter((line) => line.startsWith('GET') && line !== 'GET /api/me/ 200')).toEqual([]);
  });
});
