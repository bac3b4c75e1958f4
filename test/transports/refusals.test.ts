import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

const COUNT = 50;
/** How long a request waits for a refresh, in milliseconds. */
const PATIENCE = 10_000;
const REFUSED = { code: 'token_not_valid' };

/** A world whose answers are judged by their bodies, as SimpleJWT's are; `bodyOf` gives that of the n-th refusal. */
async function worldThatReads(bodyOf: (index: number) => BodyInit) {
  const world = createWorld();
  const { judge } = simpleJwt({ baseUrl: `${API}/auth` });
  let reads = 0;
  Object.assign(world.backend, {
    judge: (answer: Parameters<NonNullable<typeof judge>>[0]) => {
      reads += 1;
      return judge?.(answer);
    },
  });
  let refusals = 0;
  const send = createAuthorizedFetch(world.session, {
    resourceServers: [API],
    fetch: async (...given) => {
      const answer = await world.serve(...given);
      if (answer.ok) return answer;
      refusals += 1;
      return new Response(bodyOf(refusals - 1), { status: 401 });
    },
  });
  await world.session.signIn(ALICE);
  world.backend.expireAll();
  const all = () => Promise.all(Array.from({ length: COUNT }, (_, index) => send(`${API}/${index}`)));
  return { ...world, send, all, reads: () => reads };
}

const neverEnding = (): ReadableStream => new ReadableStream({ pull: () => new Promise(() => {}) });

describe('many refusals of one token', () => {
  it('are explained by one body, and refreshed once (C1)', async () => {
    const { all, reads, backend, seen } = await worldThatReads(() => JSON.stringify(REFUSED));

    expect((await all()).every(({ status }) => status === 200)).toBe(true);
    expect([reads(), backend.calls.refresh, seen.length]).toEqual([1, 1, 2 * COUNT]);
  });

  it('are all sent again although the first body never ends (C9)', async () => {
    const { send, clock, backend } = await worldThatReads((index) => (index ? JSON.stringify(REFUSED) : neverEnding()));
    const stuck = send(`${API}/stuck`);
    const others = Promise.all([send(`${API}/1`), send(`${API}/2`)]);
    await clock.advance(200);

    expect((await others).map(({ status }) => status)).toEqual([200, 200]);
    expect(backend.calls.refresh).toBe(1);
    await clock.advance(10_000);
    // It was sent and refused: the answer is the caller's, whatever it means.
    expect((await stuck).status).toBe(401);
  });

  it('leave each caller its own refusal to read when the refresh fails for longer than they wait (C15)', async () => {
    const { all, send, backend, clock, reads } = await worldThatReads((index) => JSON.stringify({ ...REFUSED, index }));
    backend.onRefresh(() => Promise.reject(new TypeError('Failed to fetch')));
    const answers = all();
    await clock.advance(PATIENCE);
    const bodies = await Promise.all((await answers).map((answer) => answer.json()));

    expect(bodies.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(COUNT).keys()]);
    // The hold for which they waited at last is no longer than their patience, and nobody waits for it any more.
    await clock.advance(PATIENCE);
    // The record is still in use, so what is said of it now is read again.
    const before = reads();
    const again = send(`${API}/`);
    await clock.advance(PATIENCE);
    expect((await again).status).toBe(401);
    expect(reads()).toBe(before + 1);
  });

  it('end the session when the body says so, and none is sent again (C25)', async () => {
    const { all, events, backend, seen } = await worldThatReads(() => JSON.stringify({ code: 'user_inactive' }));
    // Who has the server's answer already is handed it; who has not, is told that the session is over.
    const outcomes = await all().then(
      (answers) => answers.map(({ status }) => status),
      ({ code }) => [code],
    );

    expect(['signed-out', 401]).toEqual(expect.arrayContaining([...new Set(outcomes)]));
    expect(events).toEqual(['signed-in', 'signed-out:account-disabled']);
    expect([backend.calls.refresh, seen.length]).toEqual([0, COUNT]);
  });
});
