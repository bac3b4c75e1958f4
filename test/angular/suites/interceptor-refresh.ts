import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ALICE, API, BOB, holdRefresh } from '../../support/world.ts';
import { createHttpWorld, LIFETIME, outcomeOf, signedIn, until } from '../world.ts';

/** What happens to a request around a refresh, and around the end of the session. */
export function tellRefresh(): void {
  describe('one refresh', () => {
    it('is enough for 20 that are refused at once (C1)', async () => {
      const { http, backend, sent, events } = await signedIn();
      backend.expireAll();
      const outcomes = await Promise.all([...Array(20).keys()].map((no) => outcomeOf(http.get(`${API}/${no}`))));

      expect(new Set(outcomes)).toEqual(new Set(['done']));
      expect([backend.calls.refresh, sent.length]).toEqual([1, 40]);
      expect(events).toEqual(['signed-in', 'refreshed']);
    });

    it('is enough for 50 whose token has expired, and no server sees that one (C2)', async () => {
      const { http, backend, sent, clock } = await signedIn();
      await clock.advance(LIFETIME);
      const outcomes = await Promise.all([...Array(50).keys()].map((no) => outcomeOf(http.get(`${API}/${no}`))));

      expect(new Set(outcomes)).toEqual(new Set(['done']));
      expect([backend.calls.refresh, sent.length]).toEqual([1, 50]);
    });

    it('is shared with the other clients of the session (C6)', async () => {
      const { http, api, fetch, backend } = await signedIn();
      backend.expireAll();
      const outcomes = await Promise.all([outcomeOf(http.get(`${API}/1`)), api.get('/2'), fetch(`${API}/3`)]);

      expect([outcomes[0], outcomes[1].status, outcomes[2].status, backend.calls.refresh]).toEqual([
        'done',
        200,
        200,
        1,
      ]);
    });

    it('is not needed where a newer token is there already (C3)', async () => {
      const { http, session, backend, sent, hold } = await signedIn();
      const release = hold();
      backend.expireAll();
      const late = outcomeOf(http.get(`${API}/1`));
      await session.refresh();
      release();

      expect(await late).toBe('done');
      expect([backend.calls.refresh, sent.length]).toEqual([1, 2]);
    });

    it('is followed by one more try, and no third: the second refusal is the caller’s (C4)', async () => {
      const { http, backend, sent, session } = await signedIn();
      backend.accepts = () => false;

      expect(await outcomeOf(http.get(`${API}/`))).toBe('401');
      expect([backend.calls.refresh, sent.length]).toEqual([1, 2]);
      expect(session.getState().status).toBe('signed-in');
    });

    it('is not shared between two sessions (C6)', async () => {
      const [one, two] = [await signedIn({ name: 'one' }), await signedIn({ name: 'two' })];
      one.backend.expireAll();
      await Promise.all([outcomeOf(one.http.get(`${API}/`)), outcomeOf(two.http.get(`${API}/`))]);

      expect([one.backend.calls.refresh, two.backend.calls.refresh]).toEqual([1, 0]);
      expect([one.sent.length, two.sent.length]).toEqual([2, 1]);
    });
  });

  describe('the session ends', () => {
    it('before it started: the request is sent bare', async () => {
      const { http, sent } = await createHttpWorld();

      expect(await outcomeOf(http.get(`${API}/`))).toBe('401');
      expect(sent.map(({ authorization }) => authorization)).toEqual([null]);
    });

    it('by a sign-out while it waits, or is under way: SignedOutError, at once (C35)', async () => {
      const { http, session, sent, clock, hold, backend } = await signedIn();
      hold();
      const flying = outcomeOf(http.get(`${API}/1`));
      await until(() => sent.length === 1);
      await session.signOut();
      expect(await flying).toBe('signed-out');
      expect(sent.map(({ isAborted }) => isAborted)).toEqual([true]);

      await session.signIn(ALICE);
      await clock.advance(LIFETIME);
      holdRefresh(backend);
      const waiting = outcomeOf(http.get(`${API}/2`));
      await until(() => backend.calls.refresh === 1);
      await session.signOut();
      expect(await waiting).toBe('signed-out');
      expect(sent).toHaveLength(1);
    });

    it('because somebody else signs in: SessionChangedError, and never sent as them (C35)', async () => {
      const { http, session, sent, hold, backend } = await signedIn();
      backend.expireAll();
      const finish = holdRefresh(backend);
      const waiting = outcomeOf(http.get(`${API}/1`));
      await until(() => backend.calls.refresh === 1);
      await session.signIn(BOB);
      finish();
      expect(await waiting).toBe('session-changed');

      hold();
      const flying = outcomeOf(http.get(`${API}/2`));
      await until(() => sent.length === 2);
      await session.signIn(ALICE);
      expect(await flying).toBe('session-changed');
      expect(sent).toHaveLength(2);
    });

    it('by the refresh, which is rejected: the server’s own refusal is the answer (C9)', async () => {
      const { http, backend, session, clock } = await signedIn();
      backend.revokeAll();
      await clock.advance(LIFETIME);
      expect(await outcomeOf(http.get(`${API}/`))).toBe('signed-out');
      await session.signIn(ALICE);
      backend.revokeAll();

      expect(await outcomeOf(http.get(`${API}/`))).toBe('401');
    });
  });

  describe('a refresh that cannot be had', () => {
    const outage = async () => {
      throw new TypeError('Failed to fetch');
    };

    it('fails what was never sent as unavailable, within the patience; the session stays (C9, C24)', async () => {
      const { http, backend, clock, session, sent } = await signedIn();
      await clock.advance(LIFETIME);
      backend.onRefresh(outage);
      const failing = firstValueFrom(http.get(`${API}/`)).catch((error) => error);
      await until(() => backend.calls.refresh === 1);
      await clock.advance(10_000);

      expect(await failing).toMatchObject({ code: 'auth-unavailable', isAuthError: true });
      expect(sent).toHaveLength(0);
      expect(session.getState().status).toBe('signed-in');
    });

    it('leaves what was refused with that refusal (C9)', async () => {
      const { http, backend, clock } = await signedIn();
      backend.expireAll();
      backend.onRefresh(outage);
      const failing = outcomeOf(http.get(`${API}/`));
      await until(() => backend.calls.refresh === 1);
      await clock.advance(10_000);

      expect(await failing).toBe('401');
    });
  });
}
