import { HttpContext, HttpErrorResponse, HttpHeaders, HttpParams, type HttpRequest } from '@angular/common/http';
import { ANONYMOUS } from 'latchkey/angular';
import { createFakeBackend } from 'latchkey/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ALICE, API } from '../../support/world.ts';
import { answerOf, createHttpWorld, LIFETIME, outcomeOf, signedIn } from '../world.ts';

/** Where a token goes, and how. */
export function tellToken(): void {
  describe('a token goes', () => {
    it('to the listed servers, and to no other (ATT-1, C20)', async () => {
      const { http, sent, backend } = await signedIn();
      const others = [
        'https://api.example.com.evil.com/',
        'https://evil.com/',
        '/here',
        '//evil.com/',
        'http://api.example.com/',
      ];
      await firstValueFrom(http.get(`${API}/me`));
      for (const url of others) await outcomeOf(http.get(url));

      expect(sent.map(({ request }) => request.url)).toEqual([`${API}/me`, ...others]);
      expect(sent.map(({ authorization }) => authorization !== null)).toEqual([
        true,
        false,
        false,
        false,
        false,
        false,
      ]);
      expect(backend.calls.refresh).toBe(0);
    });

    it('to the page’s own server where none is listed (ATT-1)', async () => {
      const { http, sent } = await signedIn({ provided: {} });
      for (const url of ['/api/me', `${location.origin}/me`, API]) await outcomeOf(http.get(url));

      expect(sent.map(({ authorization }) => authorization !== null)).toEqual([true, true, false]);
    });

    it('never to an endpoint of the backend, nor along with a request that is anonymous (C20)', async () => {
      const { http, sent, session, clock, backend } = await signedIn();
      await clock.advance(LIFETIME);
      const context = new HttpContext().set(ANONYMOUS, true);
      expect(await outcomeOf(http.get(`${API}/news`, { context }))).toBe('401');

      expect(sent[0]?.authorization).toBeNull();
      expect(backend.calls.refresh).toBe(0);
      expect(session.getState().status).toBe('signed-in');
    });

    it('not in the place of what the caller says, nor into a script element (ATT-6, C18)', async () => {
      const { http, sent } = await signedIn();
      await outcomeOf(http.get(`${API}/`, { headers: { authorization: 'Basic x' } }));
      await outcomeOf(http.jsonp(`${API}/`, 'callback'));

      expect(sent.map(({ authorization }) => authorization)).toEqual(['Basic x', null]);
    });

    it('to the URL that was checked, whatever else is made of a string (ATT-12)', async () => {
      const { http, sent } = await signedIn();
      let reads = 0;
      const changing = { toString: () => (reads++ ? 'https://evil.com/' : `${API}/a`) };
      const params = new HttpParams();
      Object.assign(params, { toString: () => `n=${reads++}`, clone: () => params });
      await outcomeOf(http.get(changing as never));
      await outcomeOf(http.get(`${API}/b`, { params }));
      await outcomeOf(http.get(`${API}/c`, { params: { x: 'a b', y: [1, 2] } }));
      await outcomeOf(http.get(new URL('/d', API) as never));

      expect(sent.map(({ request }) => request.urlWithParams)).toEqual([
        `${API}/a`,
        expect.stringMatching(/b\?n=\d$/),
        `${API}/c?x=a%20b&y=1&y=2`,
        `${API}/d`,
      ]);
      expect(sent.every(({ authorization }) => authorization !== null)).toBe(true);
    });

    it('to no URL that a polluted prototype names (PPL-1)', async () => {
      const { http, sent } = await signedIn();
      const polluted = { url: 'https://evil.com/', method: 'DELETE', setParams: { a: 'b' }, withCredentials: true };
      Object.assign(Object.prototype, polluted);
      let outcome: Promise<string>;
      try {
        outcome = outcomeOf(http.get(`${API}/me`, { withCredentials: false }));
      } finally {
        for (const name of Object.keys(polluted)) delete (Object.prototype as Record<string, unknown>)[name];
      }
      expect(await outcome).toBe('done');
      const { request } = sent[0] as (typeof sent)[number];
      expect([request.urlWithParams, request.method, request.withCredentials]).toEqual([`${API}/me`, 'GET', false]);
    });

    it('is put on a request of our own: the app’s is as it was (C23)', async () => {
      const requests: HttpRequest<unknown>[] = [];
      const { http, sent } = await signedIn({
        before: [
          (request, next) => {
            requests.push(request);
            return next(request);
          },
        ],
      });
      await firstValueFrom(http.post(`${API}/`, { a: 1 }, { headers: new HttpHeaders({ 'X-App': '1' }) }));

      expect(requests[0]?.headers.keys()).toEqual(['X-App']);
      expect(sent[0]?.request.headers.keys().sort()).toEqual(['Authorization', 'X-App']);
      expect(sent[0]?.request.body).toBe(requests[0]?.body);
    });

    it('as the backend presents it: in headers, or in cookies (C49)', async () => {
      let credentials: RequestCredentials = 'include';
      const present = () => ({ headers: { 'X-CSRFToken': 'c' }, credentials });
      const backend = Object.assign(createFakeBackend(), { present });
      const world = await createHttpWorld({ backend });
      await world.session.signIn(ALICE);
      world.answer = () => answerOf(200);
      await firstValueFrom(world.http.get(`${API}/1`));
      await firstValueFrom(world.http.get(`${API}/2`, { credentials: 'omit' }));
      credentials = 'same-origin';
      await firstValueFrom(world.http.get(`${API}/3`, { withCredentials: true }));

      expect(
        world.sent.map(({ request }) => [
          request.headers.get('X-CSRFToken'),
          request.withCredentials,
          request.credentials,
        ]),
      ).toEqual([
        ['c', true, undefined],
        ['c', false, 'include'],
        ['c', false, undefined],
      ]);
    });

    it('is not spoken of in the errors of the app (LOG-1)', async () => {
      const { http, session, backend } = await signedIn();
      backend.accepts = () => false;
      const error = await firstValueFrom(http.get(`${API}/`)).catch((reason) => reason);

      expect(error).toBeInstanceOf(HttpErrorResponse);
      expect(JSON.stringify(error)).not.toContain(await session.getAccessToken());
    });
  });
}
