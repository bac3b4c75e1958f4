import axios, { type InternalAxiosRequestConfig } from 'axios';
import { SignedOutError } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, API, BOB, createWorld } from '../support/world.ts';

/** A signed-in session, and a server that says nothing; `signals` has what each request was sent with. */
async function silent() {
  const world = createWorld();
  await world.session.signIn(ALICE);
  const signals: AbortSignal[] = [];
  const configs: InternalAxiosRequestConfig[] = [];
  const hang = (signal: AbortSignal | undefined): Promise<never> => {
    if (signal) signals.push(signal);
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  const api = axios.create({ baseURL: API, adapter: ({ signal }) => hang(signal as AbortSignal) });
  api.interceptors.request.use((config) => {
    configs.push(config);
    return config;
  });
  attachSession(api, world.session);
  const fetch = createAuthorizedFetch(world.session, {
    resourceServers: [API],
    fetch: (_, init) => hang(init?.signal ?? undefined),
  });
  const ask = {
    axios: (signal?: AbortSignal) => api.get('/slow', signal ? { signal } : {}),
    fetch: (signal?: AbortSignal) => fetch(`${API}/slow`, signal ? { signal } : undefined),
  };
  return { ...world, signals, configs, ask };
}

/** Lets the app's own interceptors run. */
const sent = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const CLIENTS = ['axios', 'fetch'] as const;

describe.each(CLIENTS)('a request of %s that is under way', (client) => {
  it('is stopped by a sign-out, with its reason (OUT-1, OUT-5)', async () => {
    const { ask, session, signals } = await silent();
    const asked = ask[client]();
    asked.catch(() => {});
    await sent();
    void session.signOut();
    // In the same turn: nothing was awaited.
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toBeInstanceOf(SignedOutError);
    await expect(asked).rejects.toMatchObject({ code: 'signed-out', reason: 'user' });
  });

  it('is stopped when another user signs in (SES-1)', async () => {
    const { ask, session, signals } = await silent();
    const asked = ask[client]();
    asked.catch(() => {});
    await session.signIn(BOB);
    expect(signals[0]?.aborted).toBe(true);
    await expect(asked).rejects.toMatchObject({ code: 'session-changed' });
  });

  it('goes on when the same user gets new tokens', async () => {
    const { ask, session, signals } = await silent();
    ask[client]().catch(() => {});
    await session.refresh();
    await session.signIn(ALICE);
    expect(signals[0]?.aborted).toBe(false);
  });

  it('still listens to the signal of its caller, which nobody writes on (C19, C23)', async () => {
    const { ask, session, signals, configs } = await silent();
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [ask[client](first.signal), ask[client](second.signal)];
    for (const each of asked) each.catch(() => {});
    await sent();
    first.abort(new Error('not needed any more'));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    void session.signOut();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(second.signal.aborted).toBe(false);
    if (client === 'axios') expect(configs.map(({ signal }) => signal)).toEqual([first.signal, second.signal]);
  });
});

describe('requests of which some are answered and some are not', () => {
  it('end once each, in whichever order they are answered, and nobody looks at an answer that comes later (OUT-1, I6)', async () => {
    const { session } = await silent();
    const answer: ((response: Response) => void)[] = [];
    const judge = vi.fn(() => undefined);
    const send = (): Promise<Response> => new Promise((resolve) => answer.push(resolve));
    const fetch = createAuthorizedFetch(session, { resourceServers: [API], fetch: send, judge });
    const ends = Array.from({ length: 6 }, (_, index) =>
      fetch(`${API}/${index}`).then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    );
    // The first, one in the middle, and the last: each leaves a place that another one takes.
    for (const index of [0, 5, 3]) answer[index]?.(new Response());
    await sent();
    void session.signOut();
    for (const resolve of answer) resolve(new Response());
    expect(await Promise.all(ends)).toEqual([200, 'signed-out', 'signed-out', 200, 'signed-out', 200]);
    await sent();
    expect(judge).toHaveBeenCalledTimes(3);
  });
});

describe('the body of an answer', () => {
  it('gives no more of the data of a user who has signed out (OUT-5)', async () => {
    const { session } = await silent();
    const send: typeof fetch = async (_, init) => {
      const { signal } = init ?? {};
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('first'));
          signal?.addEventListener('abort', () => controller.error(signal.reason));
        },
      });
      return new Response(body);
    };
    const response = await createAuthorizedFetch(session, { resourceServers: [API], fetch: send })(`${API}/stream`);
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
    const next = reader?.read();
    void session.signOut();
    await expect(next).rejects.toMatchObject({ code: 'signed-out' });
  });
});
