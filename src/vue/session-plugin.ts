import type { App, InjectionKey, ShallowRef } from 'vue';
import type { AnySession } from '../session/any-session.ts';
import type { SessionState } from '../session/state.ts';

/** What the plugin provides to an app. */
export interface Provided {
  readonly app: App;
  readonly session: AnySession;
  /** The state, from the first moment that somebody asks for it until the app is unmounted. */
  state?: ShallowRef<SessionState<unknown>>;
}

/** By its name, so that a hot reload of this module finds what the one before provided. */
export const PROVIDED: InjectionKey<Provided> = Symbol.for('latchkey.vue');

/**
 * Gives a session to an app: `useSession`, `useSessionState` and `useUser` find it from then on. Two apps on one page may
 * have the same, or each its own. It neither makes nor disposes of it.
 *
 * @param session That of `createSession`, made once; in a test, that of `createTestSession`.
 * @example
 * createApp(App).use(sessionPlugin(session)).mount('#app')
 */
export function sessionPlugin(session: AnySession): { install(app: App): void } {
  return {
    install(app) {
      app.provide(PROVIDED, { app, session });
    },
  };
}
