import {
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  type HttpHandlerFn,
  HttpHeaderResponse,
  HttpParams,
  type HttpRequest,
  HttpResponse,
  HttpResponseBase,
} from '@angular/common/http';
import type { Subscriber } from 'rxjs';
import type { Presentation } from '../backends/backend.ts';
import type { Engine } from '../session/engine.ts';
import { own } from '../token/own.ts';
import type { Authorize } from '../transports/authorized.ts';
import { isOneShot } from '../transports/one-shot.ts';
import { readJson } from '../transports/read-json.ts';
import type { MayCarry } from '../transports/resource-server.ts';
import type { Wire } from '../transports/wire.ts';

/** One subscription to one request. */
export interface HttpCall {
  /** The app's own, which nothing is written on (C23). */
  readonly request: HttpRequest<unknown>;
  /** That of the request, with its query, read once. */
  readonly url: string;
  readonly next: HttpHandlerFn;
  /** Who has subscribed: what is under way is told to them, and all of it stops when they leave. */
  readonly observer: Subscriber<HttpEvent<unknown>>;
  /** Runs something where the subscriber subscribed: in Angular's zone, or outside of it. */
  readonly run: <T>(work: () => T) => T;
  /** Whether the subscriber was told that it was sent: of a second time they are not. */
  isSent: boolean;
  /** What is kept back of an answer that may be a refusal, and never reach the subscriber. */
  late: HttpEvent<unknown>[];
  /** The last answer. */
  outcome: unknown;
}

/** An answer; undefined where whoever handles the request ended it without one. */
export type HttpReply = HttpResponse<unknown> | undefined;

/** The policy of one session for all requests of an injector. */
export interface HttpPolicy {
  readonly engine: Engine;
  readonly mayCarry: MayCarry;
  readonly authorize: Authorize<HttpCall, HttpReply>;
}

export const httpWire: Wire<HttpCall, HttpReply> = {
  url: (call) => call.url,
  method: ({ request }) => request.method,
  timeLimit: ({ request }) => request.timeout,
  isReplayable: ({ request }) => !isOneShot(request.body),

  send(call, presentation, timeLeft, end) {
    const { next, observer, run } = call;
    call.late = [];
    return new Promise((resolve, reject) => {
      // Whoever left between two steps has nothing sent for them.
      if (observer.closed) {
        reject(leaving());
        return;
      }
      let reply: HttpReply;
      const request = presented(call, presentation, timeLeft);
      const sending = run(() =>
        next(request).subscribe({
          next(event) {
            if (event instanceof HttpResponse) reply = call.outcome = event;
            else tell(call, event);
          },
          error(error) {
            call.outcome = error;
            reject(error);
          },
          complete: () => resolve(reply),
        }),
      );
      const stop = (): void => {
        sending.unsubscribe();
        // So that nothing waits for it, nor keeps it.
        reject(leaving());
      };
      observer.add(stop);
      end?.addEventListener('abort', stop);
      sending.add(() => {
        observer.remove(stop);
        end?.removeEventListener('abort', stop);
      });
    });
  },

  status: (outcome) => (outcome instanceof HttpResponseBase ? outcome.status : undefined),

  answer(call, outcome) {
    // Status 0: no server answered.
    if (!(outcome instanceof HttpResponseBase) || !outcome.status) return undefined;
    const { status, url, headers } = outcome;
    return {
      status,
      method: call.request.method,
      url: url || call.url,
      header: (name) => headers.get(name) ?? undefined,
      body: () =>
        readJson(outcome instanceof HttpErrorResponse ? outcome.error : (outcome as HttpResponse<unknown>).body),
    };
  },

  // It has come in whole.
  letGo() {},

  onAbort({ observer }, way, leave) {
    const stop = (): void => leave(way, leaving());
    // Runs at once if they have left.
    observer.add(stop);
    return () => observer.remove(stop);
  },

  // As the backends of HttpClient say it.
  timeoutError: ({ url }) =>
    new HttpErrorResponse({
      url,
      statusText: 'Request timeout',
      error: new DOMException('Request timed out', 'TimeoutError'),
    }),
};

/** What nobody hears: the subscriber has left. */
function leaving(): DOMException {
  return new DOMException('Nobody is subscribed any more.', 'AbortError');
}

/**
 * Hands on what happens to a request, as it happens. It is sent once, to the subscriber; what follows the head of an answer
 * of status 400 or above is kept back until it is known whether the answer is theirs.
 */
function tell(call: HttpCall, event: HttpEvent<unknown>): void {
  const { late, observer } = call;
  if (event instanceof HttpHeaderResponse ? event.status >= 400 : late.length) late.push(event);
  else if (event.type !== HttpEventType.Sent || !call.isSent) {
    call.isSent ||= event.type === HttpEventType.Sent;
    observer.next(event);
  }
}

/** A request of our own to put the token on. The URL that was checked is the one that is sent (ATT-12). */
function presented(
  { request, url }: HttpCall,
  presentation: Presentation | undefined,
  timeLeft: number | undefined,
): HttpRequest<unknown> {
  if (!presentation && !timeLeft) return request;
  const headers = own(presentation, 'headers') as Record<string, string> | undefined;
  const credentials = own(presentation, 'credentials') as RequestCredentials | undefined;
  // Without a prototype: `clone` takes whatever it finds, also a URL (PPL-1).
  const update = {
    __proto__: null,
    ...(headers && { setHeaders: headers }),
    ...(timeLeft && { timeout: Math.ceil(timeLeft) }),
    ...(credentials && credentialsOf(request, credentials)),
  } as object;
  const clone = request.clone(update);
  if (clone.urlWithParams === url) return clone;
  return request.clone({ ...update, url, params: new HttpParams() });
}

/** XMLHttpRequest knows `withCredentials` alone; `fetch` knows both, and Angular warns of whoever says both. */
function credentialsOf({ credentials: own }: HttpRequest<unknown>, credentials: RequestCredentials): object {
  if (own || credentials === 'omit') return { credentials, withCredentials: false };
  return { withCredentials: credentials === 'include' };
}
