// @vitest-environment node
import { customStore, type SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/backends/backend.ts';
import { createTabLock, type Lock } from '../../src/platform/lock.ts';
import { adopt } from '../../src/session/adopt.ts';
import type { Held } from '../../src/session/held.ts';
import { createRenew } from '../../src/session/renew.ts';
import type { TokenInput } from '../../src/token/token-set.ts';
import { begin, createLone, FIRST, type LoneOptions, originStore, type SignedIn, signedIn } from './lone-core.ts';

const NOW = Date.UTC(2030, 0, 1) / 1000;
const OPAQUE: TokenInput = { accessToken: 'opaque', subject: 'alice' };
const ANSWER = { url: 'https://api.example.com/x' } as Answer;

/** A token of Alice's that was issued, and dies, so many seconds from now. */
function token(iat: number, exp: number): TokenInput {
  const claims = btoa(JSON.stringify({ sub: 'alice', iat: NOW + iat, exp: NOW + exp }));
  return { accessToken: `e30.${claims.replace(/=+$/, '')}.test` };
}

interface Sliding extends SignedIn {
  /** An answer to a request of this time of the session, with what the server sends along. */
  hear(held: Held, input: TokenInput | undefined): Promise<void>;
  /** The one in use. */
  held(): Held;
  /** How often somebody wanted the lock. */
  turns(): number;
}

/** A page that is signed in, whose server sends newer tokens along with its answers. */
async function sliding(tokens: TokenInput, options?: LoneOptions): Promise<Sliding> {
  let along: TokenInput | undefined;
  let turns = 0;
  let plain: Lock | undefined;
  const lock: Lock = {
    request(name, wait, signal, body) {
      turns += 1;
      plain ??= createTabLock(page.clock, new Map());
      return plain.request(name, wait, signal, body);
    },
  };
  const page = await signedIn(tokens, {
    ...options,
    platform: { lock },
    backend: { renewed: () => along },
  });
  const renew = createRenew(page.core);
  turns = 0;
  return {
    ...page,
    held: () => page.core.held as Held,
    turns: () => turns,
    async hear(held, input) {
      along = input;
      renew?.(page.core.epoch, held, ANSWER);
      await page.clock.advance(0);
    },
  };
}

describe('what a server sends along with its answers', () => {
  it('is looked for only where the backend says how', () => {
    expect(createRenew(createLone().core)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['an older token', token(-20, 200)],
    ['the very token in use', token(0, 300)],
  ])('costs no turn of the lock while it is %s: each answer would wait for one', async (_, input) => {
    const page = await sliding(token(0, 300));
    await page.hear(page.held(), input);
    expect(page.turns()).toBe(0);
    expect(page.held().record).toBe(page.record);
  });

  it('is taken up once, though several answers at once have it, and nothing else gets into the store', async () => {
    const plain = originStore();
    const saved: (SessionRecord | undefined)[] = [];
    const save = (name: string, record: SessionRecord): unknown => {
      saved.push(record);
      return plain.save(name, record);
    };
    const page = await sliding(token(0, 300), { store: customStore({ ...plain, save }) });
    saved.length = 0;
    const held = page.held();
    await Promise.all([page.hear(held, token(10, 310)), page.hear(held, token(10, 310))]);
    expect(page.turns()).toBe(2);
    expect(page.held().record.generation).toBe(2);
    expect(saved).toEqual([page.held().record]);
  });

  it('is not taken up by a session that the same user has begun since', async () => {
    const page = await sliding(token(0, 300));
    const before = page.held();
    const again = page.make(token(5, 305));
    await begin(page, again);
    adopt(page.core, again);
    await page.hear(before, token(10, 310));
    expect(page.held().record).toBe(again);
  });

  it.each([
    ['one that says so takes the place of one that does not', OPAQUE, token(0, 300)],
    ['one that does not takes the place of one that says so', token(0, 300), OPAQUE],
  ])('need not say when it dies: %s, if that was the one answered (SES-6)', async (_, first, next) => {
    const page = await sliding({ ...first, subject: 'alice' });
    const before = page.held();
    await page.hear(before, next);
    expect(page.held().record).toMatchObject({ generation: 2, tokens: { accessToken: next.accessToken } });
  });

  it('is not taken up late where the one in use does not say when it dies (SES-6)', async () => {
    const page = await sliding(FIRST);
    const before = page.held();
    await page.hear(before, { accessToken: 'second' });
    await page.hear(before, token(0, 300));
    expect(page.held().record).toMatchObject({ generation: 2, tokens: { accessToken: 'second' } });
  });

  it('is taken up where the fence was emptied, which knows the session again: nothing has ended (I5)', async () => {
    const page = await sliding({ ...token(0, 300), refreshToken: 'r1' });
    await page.core.fence.update(['head:default', `row:${page.record.sessionId}`], (rows) => rows.clear());
    await page.hear(page.held(), token(10, 310));
    expect(await page.row()).toMatchObject({ generation: 2 });
    expect(page.held().record.tokens).toMatchObject({ accessToken: token(10, 310).accessToken, refreshToken: 'r1' });
    expect(page.revoked).toEqual([]);
  });
});
