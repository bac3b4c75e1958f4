import { HttpBackend, type HttpResponseBase } from '@angular/common/http';
import { EMPTY, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { API, holdRefresh } from '../../support/world.ts';
import { answerOf, LIFETIME, outcomeOf, signedIn, until } from '../world.ts';

/** Bodies, time-outs, and what the app says of an answer. */
export function tellAnswer(): void {
  describe('a body', () => {
    it.each<[string, () => unknown]>([
      ['JSON', () => ({ a: [1] })],
      ['text', () => 'text'],
      ['URLSearchParams', () => new URLSearchParams({ a: '1' })],
      ['FormData', () => new FormData()],
      ['a Blob', () => new Blob(['x'])],
      ['an ArrayBuffer', () => new ArrayBuffer(4)],
    ])('of %s is sent again as it was (C14)', async (_, make) => {
      const { http, backend, sent } = await signedIn();
      backend.expireAll();
      const body = make();

      expect(await outcomeOf(http.post(`${API}/`, body))).toBe('done');
      expect(sent.map(({ request }) => request.body === body)).toEqual([true, true]);
    });

    it('that is used up is not sent again: the refusal is the caller’s, and the app is told (C15)', async () => {
      const { http, backend, sent, events } = await signedIn();
      backend.expireAll();

      expect(await outcomeOf(http.post(`${API}/`, new ReadableStream()))).toBe('401');
      await until(() => events.length > 1);
      expect(sent).toHaveLength(1);
      expect(events).toContain('diagnostic:body-not-replayable');
    });

    it.each<['json' | 'text' | 'blob' | 'arraybuffer', (body: string) => unknown]>([
      ['json', (body) => JSON.parse(body)],
      ['text', (body) => body],
      ['blob', (body) => new Blob([body])],
      ['arraybuffer', (body) => new TextEncoder().encode(body).buffer],
    ])('of a refusal is understood when %s was asked for (C21)', async (responseType, make) => {
      const world = await signedIn();
      const read: unknown[] = [];
      Object.assign(world.backend, {
        judge: async (answer: { body(): Promise<unknown> }) => {
          read.push(await answer.body());
          return { ended: 'account-disabled' };
        },
      });
      world.answer = () => answerOf(401, make('{"code":"user_inactive"}'));
      expect(await outcomeOf(world.http.get(`${API}/`, { responseType: responseType as 'json' }))).toBe('401');

      expect(read).toEqual([{ code: 'user_inactive' }]);
      expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'account-disabled' });
    });

    it('of no answer at all is none: the stream ends as it did', async () => {
      const silent = { provide: HttpBackend, useValue: { handle: () => EMPTY } };
      const { http } = await signedIn({ providers: [silent] });

      expect(await outcomeOf(http.get(`${API}/`))).toBe('done');
    });
  });

  describe('the time-out of a request', () => {
    it('spans the wait, and is told as HttpClient tells it (C19)', async () => {
      const { http, backend, clock } = await signedIn();
      await clock.advance(LIFETIME);
      holdRefresh(backend);
      const failing = firstValueFrom(http.get(`${API}/`, { timeout: 900 })).catch((error: HttpResponseBase) => error);
      await until(() => backend.calls.refresh === 1);
      await clock.advance(900);

      expect(await failing).toMatchObject({
        name: 'HttpErrorResponse',
        status: 0,
        statusText: 'Request timeout',
        error: { name: 'TimeoutError' },
      });
    });

    it('spans both sends and the refresh between them (C19)', async () => {
      const { http, backend, clock, sent } = await signedIn();
      backend.expireAll();
      backend.onRefresh(() => clock.advance(250));
      await firstValueFrom(http.get(`${API}/`, { timeout: 1000 }));

      expect(sent.map(({ request }) => request.timeout)).toEqual([1000, 750]);
    });
  });

  it('has the app’s own word on an answer first (judge)', async () => {
    const world = await signedIn({
      provided: { resourceServers: [API], judge: ({ status }) => (status === 419 ? 'refused' : undefined) },
    });
    let times = 0;
    world.answer = () => answerOf(times++ ? 200 : 419);

    expect(await outcomeOf(world.http.get(`${API}/`))).toBe('done');
    expect([world.backend.calls.refresh, times]).toEqual([1, 2]);
  });

  it('says which option is wrong', async () => {
    const { http } = await signedIn({ provided: { resourceServers: ['api'] } });

    await expect(firstValueFrom(http.get(`${API}/`))).rejects.toThrow('resourceServers: no origin');
    const other = await signedIn({ provided: { baseUrl: API } as never });
    await expect(firstValueFrom(other.http.get(`${API}/`))).rejects.toThrow(
      'provideSession: there is no option "baseUrl"',
    );
  });
}
