import type { HttpEvent, HttpHandlerFn, HttpRequest } from '@angular/common/http';
import { inject, NgZone } from '@angular/core';
import { Observable } from 'rxjs';
import { engineOf } from '../session/engine.ts';
import { ownOptions } from '../token/own.ts';
import { createAuthorize } from '../transports/authorized.ts';
import { createMayCarry } from '../transports/resource-server.ts';
import { ANONYMOUS } from './anonymous.ts';
import type { Binding } from './binding.ts';
import { type HttpCall, type HttpPolicy, httpWire } from './http-wire.ts';
import { BINDING } from './inject.ts';

/**
 * Teaches `HttpClient` to present the session's tokens, to the servers that `provideSession` lists: the page's own, where
 * it lists none. A request that carries an `Authorization` header of its own is passed on as it is.
 *
 * It is the last one in the list, so that it sees what is sent: an interceptor behind it is given the token, and may
 * send it anywhere.
 *
 * Of a refusal of status 400 or above the subscriber learns nothing, unless it becomes theirs; the progress of the upload
 * begins again with the second one. To unsubscribe ends a request wherever it is.
 *
 * On a server nothing is presented, because nobody is signed in there.
 *
 * @throws {TypeError} When an option of `provideSession` is wrong, naming it and the fix.
 * @example
 * provideHttpClient(withInterceptors([sessionInterceptor]))
 */
export function sessionInterceptor(request: HttpRequest<unknown>, next: HttpHandlerFn): Observable<HttpEvent<unknown>> {
  const binding = inject(BINDING);
  const zone = inject(NgZone);
  if (binding.isServer) return next(request);
  binding.policy ??= createPolicy(binding);
  const { authorize, engine, mayCarry } = binding.policy;
  // A `URL`, or anything else that becomes a string, is read once (ATT-12).
  const fixed = typeof request.url === 'string' ? request : request.clone({ url: String(request.url) });
  const url = fixed.urlWithParams;
  const isBare = fixed.context.get(ANONYMOUS) || fixed.headers.has('Authorization') || fixed.method === 'JSONP';
  if (isBare || !mayCarry(url)) return next(fixed);
  // Whoever subscribes twice, as `retry` does, has it sent twice.
  return new Observable((observer) => {
    const isInside = NgZone.isInAngularZone();
    const run: HttpCall['run'] = (work) => (isInside ? zone.run(work) : work());
    const call: HttpCall = { request: fixed, url, next, observer, run, isSent: false, late: [], outcome: undefined };
    const finish = (outcome: unknown, last: () => void): void =>
      run(() => {
        if (outcome === call.outcome) for (const event of call.late) observer.next(event);
        last();
      });
    zone.runOutsideAngular(() =>
      authorize(call, engine.epoch()).then(
        (reply) =>
          finish(reply, () => {
            if (reply) observer.next(reply);
            observer.complete();
          }),
        (error) => finish(error, () => observer.error(error)),
      ),
    );
  });
}

function createPolicy({ session, options }: Binding): HttpPolicy {
  const { signInPath: _, returnParameter: __, ...transport } = ownOptions(options);
  const engine = engineOf(session);
  const mayCarry = createMayCarry(transport, engine, () => undefined, 'provideSession');
  return { engine, mayCarry, authorize: createAuthorize(engine, httpWire, mayCarry, transport.judge) };
}
