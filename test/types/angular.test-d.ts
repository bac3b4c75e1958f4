import { HttpContext, type HttpContextToken, provideHttpClient, withInterceptors } from '@angular/common/http';
import type { EnvironmentProviders, Signal } from '@angular/core';
import type { CanActivateChildFn, CanActivateFn, CanMatchFn, Routes } from '@angular/router';
import { createSession, type JwtClaims, memoryStore, type Session, type SessionState } from 'latchkey';
import {
  ANONYMOUS,
  injectSession,
  injectSessionState,
  injectUser,
  type ProvideSessionOptions,
  provideSession,
  sessionInterceptor,
  signedInGuard,
} from 'latchkey/angular';
import { simpleJwt } from 'latchkey/backends';
import { createTestSession } from 'latchkey/testing';
import { describe, expectTypeOf, it } from 'vitest';

describe('latchkey/angular', () => {
  it('knows any session where the app registered none', () => {
    expectTypeOf(injectSession()).toEqualTypeOf<Session<never, JwtClaims>>();
    expectTypeOf(injectUser()).toEqualTypeOf<Signal<JwtClaims | undefined>>();
    expectTypeOf(injectSessionState()).toEqualTypeOf<Signal<SessionState<JwtClaims>>>();
    // @ts-expect-error They are for reading.
    injectUser().set(undefined);
  });

  it('takes a session, whoever signs in to it', () => {
    const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: memoryStore() });
    expectTypeOf(provideSession(session)).toEqualTypeOf<EnvironmentProviders>();
    provideSession(createTestSession({ profile: { name: 'Alice' } }));
    provideSession(session, { resourceServers: ['https://api.example.com'], signInPath: '/login' });
    // @ts-expect-error That is no session.
    provideSession({ backend: 1 });
    // @ts-expect-error There is no such option.
    provideSession(session, { resourceServer: 'https://api.example.com' });
    expectTypeOf<ProvideSessionOptions['signInPath']>().toEqualTypeOf<string | undefined>();
    expectTypeOf(injectUser<typeof session>()).toEqualTypeOf<Signal<JwtClaims | undefined>>();
  });

  it('fits HttpClient and the router', () => {
    provideHttpClient(withInterceptors([sessionInterceptor]));
    expectTypeOf(ANONYMOUS).toEqualTypeOf<HttpContextToken<boolean>>();
    expectTypeOf(new HttpContext().set(ANONYMOUS, true).get(ANONYMOUS)).toEqualTypeOf<boolean>();
    expectTypeOf(signedInGuard).toExtend<CanActivateFn>();
    expectTypeOf(signedInGuard).toExtend<CanActivateChildFn>();
    expectTypeOf(signedInGuard).toExtend<CanMatchFn>();
    const guards = [signedInGuard];
    expectTypeOf([{ path: '', canActivate: guards, canActivateChild: guards, canMatch: guards }]).toExtend<Routes>();
  });
});
