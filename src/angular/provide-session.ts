import {
  computed,
  DestroyRef,
  type EnvironmentProviders,
  inject,
  makeEnvironmentProviders,
  NgZone,
  PLATFORM_ID,
  provideAppInitializer,
  signal,
} from '@angular/core';
import type { AnySession } from '../session/any-session.ts';
import { coreOf } from '../session/core-of.ts';
import type { SessionState } from '../session/state.ts';
import type { Binding } from './binding.ts';
import { BINDING } from './inject.ts';
import { outsideAngular } from './outside-angular.ts';
import type { ProvideSessionOptions } from './provide-session-options.ts';

/**
 * Gives a session to the injector of an app. It neither makes nor disposes of it. The app begins when it is known who is
 * signed in, and their profile is there, or could not be had within the session's `patience`. On a server nothing is
 * waited for, asked or kept: the state is `restoring`.
 *
 * Among the providers of a route it is for what is injected there; a `HttpClient` has that of the injector whose
 * `provideHttpClient` made it.
 *
 * @param session That of `createSession`, made once; in a test, that of `createTestSession`.
 * @throws {TypeError} With the first request that `sessionInterceptor` sees, when an option for it is wrong.
 * @example
 * bootstrapApplication(App, { providers: [provideSession(session), provideHttpClient(withInterceptors([sessionInterceptor]))] })
 */
export function provideSession(session: AnySession, options: ProvideSessionOptions = {}): EnvironmentProviders {
  return makeEnvironmentProviders([
    {
      provide: BINDING,
      useFactory: (): Binding => {
        const isServer = inject(PLATFORM_ID) === ('server' as unknown);
        const state = signal<SessionState<unknown>>(isServer ? { status: 'restoring' } : session.getState());
        if (!isServer) inject(DestroyRef).onDestroy(session.subscribe(() => state.set(session.getState())));
        return {
          session: outsideAngular(session, inject(NgZone)),
          // Nobody else can set it.
          state: computed(state),
          // No other state has a user.
          user: computed(() => (state() as { readonly user?: unknown }).user),
          options,
          isServer,
        };
      },
    },
    provideAppInitializer(async () => {
      const { isServer, user } = inject(BINDING);
      if (isServer) return;
      await session.ready;
      // Whoever is there already is not waited for, though their profile be loaded anew.
      if (!user()) await coreOf(session)?.loadedUser();
    }),
  ]);
}
