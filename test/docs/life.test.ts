// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session, SignOutReason } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';

type AnySession = Session<{ username: string; password: string }>;
const ALICE = { username: 'alice', password: 'alice-pass-1' };
const HOUR = 3_600_000;

let block: Awaited<ReturnType<typeof writeBlocks>>;
let sessions: AnySession[] = [];

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('life', 'README.md', 'docs/life.md');
});
afterAll(() => apiExample.close());
beforeEach(() => {
  sent.length = 0;
  localStorage.clear();
  vi.resetModules();
  vi.spyOn(location, 'assign').mockImplementation(() => {});
});
afterEach(() => {
  for (const session of sessions) session.dispose();
  sessions = [];
  apiExample.resetHandlers();
  vi.useRealTimers();
});

async function load(file: string): Promise<Record<string, unknown> & { session: AnySession }> {
  const module = (await block(file)) as Record<string, unknown> & { session: AnySession };
  const { session } = module.session ? module : ((await block('session.ts')) as { session: AnySession });
  sessions.push(session);
  return { ...module, session };
}

describe('docs/life.md', () => {
  it('tells of an outage, and that the user stays signed in (C24)', async () => {
    const { session } = await load('outage.ts');
    await session.signIn(ALICE);
    apiExample.use(
      http.post('https://api.example.com/auth/token/refresh/', () => new HttpResponse(null, { status: 503 }), {
        once: true,
      }),
    );
    await session.refresh().catch(() => {});
    expect(document.title).toMatch(/next try in \d s. You stay signed in/);
    // What is left of the wait is drawn, up to a second.
    await vi.waitFor(() => session.refresh(), 60_000);
    expect(document.title).toBe('My app');
  });

  it('warns of an idle time-out, and lets the user stay (C43)', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout', 'performance'] });
    const { session, stay } = await load('limits.ts');
    const signedIn = session.signIn(ALICE);
    await vi.waitFor(() => signedIn);
    await vi.advanceTimersByTimeAsync(HOUR / 4 - 30_000);
    expect(document.title).toMatch(/^Still there\?/);
    (stay as () => void)();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(session.getState().status).toBe('signed-in');
    await vi.advanceTimersByTimeAsync(HOUR / 4);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('shows the profile, and what the user changed of it', async () => {
    const { session, changePhone } = await load('user.ts');
    expect(await session.signIn(ALICE)).toMatchObject({ username: 'alice', phone: '1' });
    await (changePhone as (phone: string) => Promise<void>)('2');
    expect(session.getState()).toMatchObject({ user: { phone: '2' } });
  });

  it('empties the cache before it says why the session ended, for every reason (OUT-8)', async () => {
    const { session, cache, WHY } = await load('ending.ts');
    await session.signIn(ALICE);
    (cache as Map<string, unknown>).set('orders', []);
    await session.signOut();
    expect((cache as Map<string, unknown>).size).toBe(0);
    expect(document.title).toBe((WHY as Record<SignOutReason, string>).user);
  });

  it('keeps the session over a new password, whose tokens before are revoked', async () => {
    const { session, changePassword } = await load('password.ts');
    await session.signIn(ALICE);
    await (changePassword as (form: object) => Promise<void>)({ old: 'alice-pass-1', new: 'x' });
    expect(session.getState().status).toBe('signed-in');
    await vi.waitFor(() => expect(sent).toContain('POST /auth/token/blacklist/'));
  });

  it('leaves everywhere where a new password ends all sessions', async () => {
    const { session, changePasswordAndLeave } = await load('password.ts');
    await session.signIn(ALICE);
    await (changePasswordAndLeave as (form: object) => Promise<void>)({ old: 'alice-pass-1', new: 'x' });
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
  });
});
