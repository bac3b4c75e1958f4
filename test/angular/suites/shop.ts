import {
  HttpClient,
  type HttpErrorResponse,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import type { ApplicationRef } from '@angular/core';
import type { Session } from 'latchkey';
import { provideSession, sessionInterceptor } from 'latchkey/angular';
import type { FakeCredentials } from 'latchkey/testing';
import { lastValueFrom, type Observable, Observable as Stream, takeUntil } from 'rxjs';
import { afterEach, describe } from 'vitest';
import { type ShopClient, tellShopStories } from '../../support/shop-stories.ts';
import { API } from '../../support/world.ts';
import { destroyApps, startApp } from '../world.ts';

function shopClient(session: Session<FakeCredentials>, kind: 'xhr' | 'fetch'): ShopClient {
  const interceptors = withInterceptors([sessionInterceptor]);
  const starting: Promise<ApplicationRef> = startApp([
    provideSession(session, { resourceServers: [API] }),
    kind === 'fetch' ? provideHttpClient(interceptors, withFetch()) : provideHttpClient(interceptors),
  ]);
  const ask = async (method: string, path: string, options: object, signal?: AbortSignal) => {
    const http = (await starting).injector.get(HttpClient);
    const wish = { observe: 'response', responseType: 'text', ...options } as const;
    const answers = http.request(method, API + path, wish) as unknown as Observable<{ status: number; body: string }>;
    const { status, body } = await lastValueFrom(answers.pipe(takeUntil(abortOf(signal)))).catch((error) => {
      const { status: refused, error: said } = error as HttpErrorResponse;
      if (!refused) throw signal?.aborted ? signal.reason : error;
      return { status: refused, body: String(said) };
    });
    return { status, data: /^[[{]/.test(body) ? JSON.parse(body) : body };
  };
  return {
    get: (path, { signal } = {}) => ask('GET', path, {}, signal),
    post: (path, body) => ask('POST', path, { body }),
  };
}

function abortOf(signal: AbortSignal | undefined): Observable<void> {
  return new Stream((observer) => {
    if (signal?.aborted) observer.next();
    signal?.addEventListener('abort', () => observer.next());
  });
}

/** The story of every client, over both backends of `HttpClient`. */
export function tellShop(): void {
  describe.each(['xhr', 'fetch'] as const)('a shop on HttpClient over %s', (kind) => {
    afterEach(destroyApps);
    tellShopStories((session) => shopClient(session, kind));
  });
}
