import {
  HttpBackend,
  HttpClient,
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  HttpHeaderResponse,
  HttpHeaders,
  type HttpInterceptorFn,
  type HttpRequest,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import {
  type ApplicationRef,
  type EnvironmentProviders,
  type Provider,
  provideZonelessChangeDetection,
} from '@angular/core';
import { createApplication } from '@angular/platform-browser';
import { type ProvideSessionOptions, provideSession, sessionInterceptor } from 'latchkey/angular';
import { type Observable, Observable as Stream } from 'rxjs';
import { expect, vi } from 'vitest';
import { ALICE, API, createWorld, type World, type WorldOptions } from '../support/world.ts';

type Providers = readonly (Provider | EnvironmentProviders)[];

/** One request as it reached the server. */
export interface Sent {
  readonly request: HttpRequest<unknown>;
  readonly authorization: string | null;
  /** Whether the client stopped it before it was answered. */
  isAborted: boolean;
}

export interface HttpWorld extends World {
  readonly app: ApplicationRef;
  readonly http: HttpClient;
  readonly sent: Sent[];
  /** What the server says to a request, instead of 200 or 401 by its token. */
  answer: (request: HttpRequest<unknown>) => HttpResponse<unknown> | undefined;
}

export interface HttpWorldOptions extends WorldOptions {
  readonly provided?: ProvideSessionOptions;
  readonly before?: readonly HttpInterceptorFn[];
  readonly providers?: Providers;
}

/** How long a token of that server lives, in milliseconds. */
export const LIFETIME = 300_000;

const running = new Set<ApplicationRef>();

/** Destroys the applications of a test. */
export function destroyApps(): void {
  for (const app of running) if (!app.destroyed) app.destroy();
  running.clear();
}

/** An application without a page, zoneless. */
export async function startApp(providers: Providers): Promise<ApplicationRef> {
  const app = await createApplication({ providers: [provideZonelessChangeDetection(), ...providers] });
  running.add(app);
  return app;
}

/** `HttpClient` with the interceptor, before a server in memory that answers 200 or 401 by the token. */
export async function createHttpWorld(options: HttpWorldOptions = {}): Promise<HttpWorld> {
  const { provided = { resourceServers: [API] }, before = [], providers = [], ...worldOptions } = options;
  const world = createWorld(worldOptions);
  let gate: Promise<void> = Promise.resolve();
  const sent: Sent[] = [];
  const server = {
    handle: (request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> =>
      new Stream((observer) => {
        const authorization = request.headers.get('Authorization');
        const own: Sent = { request, authorization, isAborted: false };
        sent.push(own);
        let isAnswered = false;
        observer.next({ type: HttpEventType.Sent });
        if (request.reportProgress && request.body) {
          observer.next({ type: HttpEventType.UploadProgress, loaded: 5, total: 5 });
        }
        const isGood = world.backend.accepts(authorization ?? undefined);
        void gate.then(() => {
          if (observer.closed) return;
          isAnswered = true;
          const url = request.urlWithParams;
          const plain = { url, status: isGood ? 200 : 401, body: { detail: isGood ? 'fine' : 'no' } };
          const response = httpWorld.answer(request) ?? new HttpResponse<unknown>(plain);
          const { status, headers, body } = response;
          if (request.reportProgress) {
            observer.next(new HttpHeaderResponse({ status, headers, url }));
            observer.next({ type: HttpEventType.DownloadProgress, loaded: status });
          }
          if (status < 300) {
            observer.next(response);
            observer.complete();
          } else observer.error(new HttpErrorResponse({ status, headers, url: response.url ?? url, error: body }));
        });
        return () => {
          own.isAborted = !isAnswered;
        };
      }),
  };
  const app = await startApp([
    provideSession(world.session, provided),
    provideHttpClient(withInterceptors([...before, sessionInterceptor])),
    { provide: HttpBackend, useValue: server },
    ...providers,
  ]);
  const httpWorld: HttpWorld = {
    ...world,
    app,
    http: app.injector.get(HttpClient),
    sent,
    answer: () => undefined,
    hold() {
      let release = (): void => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
  return httpWorld;
}

/** The same, with somebody signed in. */
export async function signedIn(options: HttpWorldOptions = {}): Promise<HttpWorld> {
  const world = await createHttpWorld(options);
  await world.session.signIn(ALICE);
  return world;
}

/** An answer of the server. */
export function answerOf(
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): HttpResponse<unknown> {
  return new HttpResponse({ status, body, headers: new HttpHeaders(headers) });
}

/** What a request came to: its answer's status, or the code of an error of latchkey. */
export function outcomeOf(stream: Observable<unknown>): Promise<string> {
  return new Promise((resolve) => {
    stream.subscribe({
      error: ({ status, code, name }) => resolve(`${status ?? code ?? name}`),
      complete: () => resolve('done'),
    });
  });
}

/** Waits for what a busy machine does late. */
export const until = (isSo: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 5000, interval: 1 });

/** A while in which nothing more should happen. */
export const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
