import axios, { type AxiosAdapter } from 'axios';
import { createSession, localStorageStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeClock } from 'latchkey/testing';

const API = 'https://api.example.com';
const EVIL = 'https://evil.example/x';

/** Everything that a session does from sign-in to sign-out, told as lines; the same lines each time, unless something meddles. */
export async function liveOneLife(pollute: () => void): Promise<string[]> {
  const lines: string[] = [];
  const clock = createFakeClock();
  const kept = new Map<string, string>();
  const say = (line: unknown): void => {
    // The only thing that differs from one life to the next is the random name of the session.
    lines.push(String(line).replace(/"sessionId":"[0-9a-f]{32}"/g, '"sessionId":"…"'));
  };
  let issued = 0;
  let isExpired = false;
  let isRejected = false;

  function tokens(): string {
    issued += 1;
    const time = clock.now() / 1000;
    const claims = `{"sub":"alice","iat":${time},"exp":${time + 300},"jti":${issued}}`;
    return `{"access":"eyJ9.${Buffer.from(claims).toString('base64url')}.s","refresh":"r${issued}"}`;
  }
  const send: typeof fetch = async (input, init) => {
    // As the platform reads them, inherited members and all; what was not given is not there.
    const given: RequestInit = init ?? Object.create(null);
    const { method = 'GET', headers = Object.create(null), body = '', redirect, credentials } = given;
    const url = String(input);
    say(`${method} ${url} (${Object.entries(headers).join(', ')}) ${body} ${redirect} ${credentials}`);
    const isAuth = url.startsWith(`${API}/auth/`);
    if (isAuth && isRejected) return reply('{"detail":"x","code":"token_not_valid"}', 401);
    if (isAuth) return reply(tokens(), 200);
    return reply('{"ok":1}', answerOf(url));
  };
  const adapter: AxiosAdapter = async (config) => {
    const url = axios.getUri(config);
    const status = answerOf(url);
    say(`axios ${config.method} ${url} (${Object.entries(config.headers).join()}) ${config.data} ${config.timeout}`);
    return { status, statusText: '', headers: {}, config, request: {}, data: '{"ok":1}' };
  };
  function answerOf(url: string): number {
    if (!isExpired || !url.startsWith(API)) return 200;
    isExpired = false;
    return 401;
  }
  const store: unknown = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
  Reflect.set(globalThis, 'localStorage', store);
  const platformFetch = globalThis.fetch;
  globalThis.fetch = send;

  async function open(): Promise<ReturnType<typeof createSession<{ username: string; password: string }>>> {
    const session = createSession({
      backend: simpleJwt({ baseUrl: `${API}/auth`, paths: { everywhere: 'everywhere/' } }),
      store: localStorageStore(),
      clock,
    });
    for (const type of ['signed-in', 'refreshed', 'refresh-failed', 'expiring', 'signed-out', 'diagnostic'] as const) {
      session.on(type, (event) => say(`${type} ${Object.entries(event).join()}`));
    }
    await session.ready;
    return session;
  }
  async function requests(session: object): Promise<void> {
    const api = axios.create({ baseURL: API, adapter });
    attachSession(api, session);
    const authorized = createAuthorizedFetch(session, { resourceServers: [API] });
    for (const work of [
      () => api.get('/x'),
      () => api.post('/x', 'data'),
      () => api.get(EVIL),
      () => authorized(`${API}/x`),
      () => authorized(new URL(`${API}/x`)),
      () => authorized(new URL(EVIL)),
      () => authorized(EVIL, Object.assign(Object.create(null), { method: 'POST', body: 'b' })),
    ]) {
      await work().then(
        ({ status }) => say(status),
        (error) => say(error),
      );
    }
  }

  try {
    pollute();
    const first = await open();
    say(first.getState().status);
    await first.signIn({ username: 'alice', password: 'right' });
    say(JSON.stringify(first.getState().status));
    await requests(first);
    isExpired = true;
    await requests(first);
    await first.refresh();
    for (const text of kept.values()) say(text);
    first.dispose();
    const second = await open();
    say(
      `restored ${second.getState().status} ${Object.entries(second.getState()).map(([key, value]) => key + typeof value)}`,
    );
    await requests(second);
    isRejected = true;
    await clock.advance(301_000);
    say(await second.getAccessToken().catch((error: unknown) => error));
    say(`${second.getState().status} ${kept.size}`);
    isRejected = false;
    await second.signIn({ username: 'alice', password: 'right' });
    await second.signOut();
    say(`${second.getState().status} ${kept.size}`);
    second.dispose();
  } catch (error) {
    say(error);
  } finally {
    globalThis.fetch = platformFetch;
    Reflect.deleteProperty(globalThis, 'localStorage');
  }
  return lines;
}

function reply(text: string, status: number): Response {
  return new Response(text, Object.assign(Object.create(null), { status }));
}
