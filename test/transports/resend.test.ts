import { createSession, memoryStore } from 'latchkey';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeBackend, createFakeClock, type FakeCredentials } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { ALICE, API } from '../support/world.ts';

describe('what a server did not look at', () => {
  it('is sent once more with what is presented by then, without a refresh, and no third time', async () => {
    const clock = createFakeClock();
    const backend = createFakeBackend({ now: () => clock.now() });
    let value = 'old';
    const session = createSession<FakeCredentials>({
      backend: Object.assign(backend, {
        present: () => ({ headers: { 'X-CSRF': value } }),
        judge: ({ status }: { status: number }) => (status === 403 ? ('resend' as const) : ('accepted' as const)),
      }),
      store: memoryStore(),
      clock,
    });
    await session.signIn(ALICE);
    const shown: (string | null)[] = [];
    let isFixed = true;
    const send = createAuthorizedFetch(session, {
      resourceServers: [API],
      async fetch(_, init) {
        const given = new Headers(init?.headers).get('X-CSRF');
        shown.push(given);
        if (isFixed) value = 'new';
        return new Response(null, { status: given === 'new' ? 204 : 403 });
      },
    });
    expect((await send(API, { method: 'POST', body: 'x' })).status).toBe(204);
    expect(shown).toEqual(['old', 'new']);
    [value, isFixed] = ['old', false];
    expect((await send(API, { method: 'POST', body: 'x' })).status).toBe(403);
    expect(shown).toEqual(['old', 'new', 'old', 'old']);
    const once = new ReadableStream({ start: (controller) => controller.close() });
    expect((await send(API, { method: 'POST', body: once, duplex: 'half' } as RequestInit)).status).toBe(403);
    expect([shown.length, backend.calls.refresh]).toEqual([5, 0]);
  });

  it('is the caller’s where nobody says what it means', async () => {
    const backend = createFakeBackend();
    const session = createSession<FakeCredentials>({
      backend: Object.assign(backend, { judge: async () => undefined as never }),
      store: memoryStore(),
    });
    await session.signIn(ALICE);
    let sent = 0;
    const send = createAuthorizedFetch(session, {
      resourceServers: [API],
      async fetch() {
        sent += 1;
        return new Response(null, { status: 404 });
      },
    });
    expect((await send(API)).status).toBe(404);
    expect([sent, backend.calls.refresh]).toEqual([1, 0]);
  });
});
