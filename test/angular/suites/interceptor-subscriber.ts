import { firstValueFrom, lastValueFrom, retry, type Subscription, take, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { API, holdRefresh } from '../../support/world.ts';
import { answerOf, LIFETIME, outcomeOf, signedIn, turns, until } from '../world.ts';

/** What a subscriber is told, and what becomes of a request when they leave. */
export function tellSubscriber(): void {
  describe('a subscriber', () => {
    it('has the request sent, and each has it sent anew', async () => {
      const { http, sent } = await signedIn();
      const request = http.get(`${API}/`);
      await turns();
      expect(sent).toHaveLength(0);
      await firstValueFrom(request);
      await firstValueFrom(request);

      expect(sent).toHaveLength(2);
    });

    it('may be an operator of an interceptor above, which subscribes again (C13)', async () => {
      const visits: string[] = [];
      const world = await signedIn({
        before: [
          (request, next) => {
            visits.push('request');
            return next(request).pipe(
              tap({ next: () => visits.push('event'), error: ({ status }) => visits.push(`error ${status}`) }),
              retry(1),
            );
          },
        ],
      });
      let failures = 1;
      world.answer = () => (failures-- > 0 ? answerOf(503) : undefined);
      await firstValueFrom(world.http.get(`${API}/`));
      expect(visits).toEqual(['request', 'event', 'error 503', 'event', 'event']);

      // Refused and sent again, it runs the others once.
      visits.length = 0;
      world.backend.expireAll();
      await firstValueFrom(world.http.get(`${API}/`));
      expect(visits).toEqual(['request', 'event', 'event']);
    });

    it('is told what happens as it happens, and that it was sent once (C21)', async () => {
      const { http, backend } = await signedIn();
      backend.expireAll();
      const events: unknown[] = [];
      const stream = http.post(`${API}/`, 'body', { observe: 'events', reportProgress: true });
      await lastValueFrom(stream.pipe(tap((event) => events.push(tellingOf(event)))));

      // Of the refusal nothing: its head and its body were not for the caller. The body was sent twice.
      expect(events).toEqual(['sent', 'up 5', 'up 5', 'head 200', 'down 200', 'answer 200']);
    });

    it('is told of a refusal in full when it is theirs (C21)', async () => {
      const { http, backend } = await signedIn();
      backend.accepts = () => false;
      const events: unknown[] = [];
      const stream = http.get(`${API}/`, { observe: 'events', reportProgress: true });
      await outcomeOf(stream.pipe(tap({ next: (event) => events.push(tellingOf(event)) })));

      expect(events).toEqual(['sent', 'head 401', 'down 401']);
    });

    it.each([
      ['waits for a token', 0, 1, (world: Awaited<ReturnType<typeof signedIn>>) => world.clock.advance(LIFETIME)],
      ['waits for an answer', 1, 0, async (world: Awaited<ReturnType<typeof signedIn>>) => void world.hold()],
      ['was refused', 1, 1, async (world: Awaited<ReturnType<typeof signedIn>>) => world.backend.expireAll()],
    ])(
      'who leaves while the request %s ends it at once, and no refresh (C19)',
      async (_, sends, refreshes, prepare) => {
        const world = await signedIn();
        const { http, backend, sent, session } = world;
        const finish = holdRefresh(backend);
        await prepare(world);
        const seen: unknown[] = [];
        const leaving = http
          .get(`${API}/1`)
          .subscribe({ next: (value) => seen.push(value), error: (e) => seen.push(e) });
        const staying = outcomeOf(http.get(`${API}/2`));
        await until(() => sent.length === 2 * sends && backend.calls.refresh === refreshes);
        leaving.unsubscribe();
        expect(sent[0]?.isAborted ?? false).toBe(refreshes === 0);
        world.hold()();
        finish();
        if (refreshes) expect(await staying).toBe('done');
        await turns();

        expect(seen).toEqual([]);
        expect(sent.filter(({ request }) => request.url.endsWith('/1'))).toHaveLength(sends);
        expect(backend.calls.refresh).toBe(refreshes);
        expect(session.getState().status).toBe('signed-in');
      },
    );

    it('who leaves in the second send ends that one (C19)', async () => {
      const { http, backend, sent, hold } = await signedIn();
      backend.expireAll();
      const finish = holdRefresh(backend);
      const leaving = http.get(`${API}/`).subscribe();
      await until(() => backend.calls.refresh === 1);
      hold();
      finish();
      await until(() => sent.length === 2);
      expect(sent.map(({ isAborted }) => isAborted)).toEqual([false, false]);
      leaving.unsubscribe();

      expect(sent.map(({ isAborted }) => isAborted)).toEqual([false, true]);
    });

    it('who leaves with the first event leaves nothing under way (C19)', async () => {
      const { http, sent } = await signedIn();
      await lastValueFrom(http.get(`${API}/`, { observe: 'events' }).pipe(take(1)));

      expect(sent.map(({ isAborted }) => isAborted)).toEqual([true]);
    });

    it.each([...Array(10).keys()])(
      'who leaves around the refresh is never sent for again: %i turns later (C19)',
      async (count) => {
        const { http, backend, sent, session } = await signedIn();
        backend.expireAll();
        let leaving: Subscription | undefined;
        let before = 0;
        session.on('refreshed', async () => {
          for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
          before = sent.length;
          leaving?.unsubscribe();
        });
        leaving = http.get(`${API}/`).subscribe();
        await until(() => leaving?.closed === true);
        await turns();

        expect(leaving.closed).toBe(true);
        expect(sent.length).toBe(before);
      },
    );

    it('leaves no listener behind, however the request ends (C48)', async () => {
      const add = vi.spyOn(AbortSignal.prototype, 'addEventListener');
      const remove = vi.spyOn(AbortSignal.prototype, 'removeEventListener');
      const { http, backend, hold } = await signedIn();
      add.mockClear();
      remove.mockClear();
      await outcomeOf(http.get(`${API}/1`));
      backend.expireAll();
      await outcomeOf(http.get(`${API}/2`));
      hold();
      http.get(`${API}/3`).subscribe().unsubscribe();
      await turns();

      // That of the session's end; the others are those of single calls, and go with them.
      const signal = add.mock.contexts[0];
      const added = add.mock.calls.filter((_, no) => add.mock.contexts[no] === signal);
      const removed = remove.mock.calls.filter((_, no) => remove.mock.contexts[no] === signal);
      expect(added).toHaveLength(4);
      expect(removed).toEqual(added);
    });
  });
}

function tellingOf(event: { readonly type: number }): string {
  const { type, loaded, status } = event as { type: number; loaded?: number; status?: number };
  return ['sent', `up ${loaded}`, `head ${status}`, `down ${loaded}`, `answer ${status}`][type] ?? String(type);
}
