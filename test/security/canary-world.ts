import type { ServerResponse } from 'node:http';
import { createSession, memoryStore, type Session, type SessionOptions } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { type MockInstance, vi } from 'vitest';
import { type Got, type LocalServer, startServer } from '../backends/local-server.ts';
import { CANARY, leaksIn } from './leaks.ts';

export const USER = { username: 'alice', password: `${CANARY}-password` };

/** What a server does with a request; undefined is what a good one does. */
export type Answer = ((response: ServerResponse, got: Got) => void) | undefined;

export interface CanaryWorld {
  readonly server: LocalServer;
  readonly clock: FakeClock;
  readonly session: Session<typeof USER>;
  /** How the token endpoints, and the API, answer from now on. */
  answers: { signIn: Answer; refresh: Answer; revoke: Answer; api: Answer };
  /** Everything that anybody could log: say so of each thing that the app gets to see. */
  show(name: string, value: unknown): void;
  /** Where the canary was shown, after a last look at state, events and console. */
  leaks(): string[];
  /** How many things were looked at. */
  shown(): number;
  /** How many requests came with a canary in their `Authorization`. */
  authorised(): number;
  /** Lets everything go. */
  close(): Promise<void>;
}

/** A session whose every secret is a canary, over a server on this machine that is both authorization and resource server. */
export async function createCanaryWorld(
  options: (url: string) => Partial<SessionOptions<typeof USER>> = () => ({}),
): Promise<CanaryWorld> {
  const clock = createFakeClock();
  const answers: CanaryWorld['answers'] = { signIn: undefined, refresh: undefined, revoke: undefined, api: undefined };
  const leaks: string[] = [];
  let issued = 0;
  let shown = 0;

  function tokens(response: ServerResponse): void {
    issued += 1;
    const time = Math.floor(clock.now() / 1000);
    const claims = JSON.stringify({ sub: 'alice', iat: time, exp: time + 300, jti: issued });
    const access = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(claims).toString('base64url')}.${CANARY}${issued}`;
    response.end(JSON.stringify({ access, refresh: `${CANARY}-refresh-${issued}` }));
  }
  const server = await startServer((response, got) => {
    if (got.path === '/auth/token/') return (answers.signIn ?? tokens)(response, got);
    if (got.path === '/auth/token/refresh/') return (answers.refresh ?? tokens)(response, got);
    if (got.path === '/auth/token/blacklist/') return (answers.revoke ?? ((reply) => reply.end('{}')))(response, got);
    return (answers.api ?? ((reply) => reply.end('{"ok":true}')))(response, got);
  });
  const session = createSession({
    backend: simpleJwt<typeof USER>({ baseUrl: `${server.url}/auth` }),
    store: memoryStore(),
    clock,
    ...options(server.url),
  });
  const show = (name: string, value: unknown): void => {
    shown += 1;
    leaks.push(...leaksIn(name, value));
  };
  for (const type of ['signed-in', 'refreshed', 'refresh-failed', 'expiring', 'signed-out', 'diagnostic'] as const) {
    session.on(type, (event) => show(`event ${type}`, event));
  }
  const spies: MockInstance[] = [];
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'dir', 'group'] as const) {
    const spy = vi.spyOn(console, method).mockImplementation(() => {});
    spies.push(spy as MockInstance);
  }
  return {
    server,
    clock,
    session,
    answers,
    show,
    leaks() {
      show('state', session.getState());
      show('session', session);
      for (const spy of spies) show('console', spy.mock.calls);
      show('performance', performance.getEntries().map(String));
      return leaks;
    },
    shown: () => shown,
    authorised: () => server.got.filter(({ headers }) => headers.authorization?.includes(CANARY)).length,
    async close() {
      session.dispose();
      await server.close();
    },
  };
}

/** What work gave or threw. */
export async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}
