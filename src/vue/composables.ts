import {
  type ComputedRef,
  computed,
  getCurrentInstance,
  inject,
  nextTick,
  onBeforeUnmount,
  onMounted,
  type ShallowRef,
  shallowRef,
} from 'vue';
import type { AnySession, StateOf, UserOf } from '../session/any-session.ts';
import type { RegisteredSession, RegisteredUser } from '../session/register.ts';
import type { SessionState } from '../session/state.ts';
import { PROVIDED, type Provided } from './session-plugin.ts';

/**
 * The session of the app, to sign in and out with. For what to show, take `useSessionState` or `useUser`.
 *
 * The app's `Register` says what type it has. Without one, or with a second session, say it here:
 * `useSession<typeof session>()`.
 *
 * @throws {Error} When the app has no `sessionPlugin`, or there is no app to look in, naming the fix.
 */
export function useSession(): RegisteredSession;
export function useSession<Given extends AnySession>(): Given;
export function useSession(): AnySession {
  return useProvided().session;
}

/**
 * The state of the session, `restoring`, `signed-in` or `signed-out`, as a shallow, read-only ref. It changes with each
 * refresh, too; `computed(() => state.value.status)` does not.
 *
 * On a server, and while a component that the server rendered is hydrated, it is `restoring`. It works in components,
 * stores, guards and wherever else Vue's `inject` does, and needs no scope to end it: the session is listened to once for
 * the whole app, until that is unmounted.
 *
 * @throws {Error} When the app has no `sessionPlugin`, or there is no app to look in, naming the fix.
 */
export function useSessionState(): ComputedRef<StateOf<RegisteredSession>>;
export function useSessionState<Given extends AnySession>(): ComputedRef<StateOf<Given>>;
export function useSessionState(): ComputedRef<SessionState<unknown>> {
  const provided = useProvided();
  const instance = getCurrentInstance();
  // Before it is mounted, a component has an element in the page only when it is to take over what a server rendered.
  const isHydrating = instance?.vnode.el?.isConnected && !instance.isMounted;
  const known = shallowRef<ShallowRef<SessionState<unknown>>>();
  const know = (): void => {
    known.value = provided.state ??= listen(provided);
  };
  if (isHydrating) {
    // An async setup is mounted later. Whoever calls this while rendering, as a functional component does, has no such hook.
    void nextTick(() => (instance.isMounted ? know() : onMounted(know, instance)));
    // A store lives on when the component that made it leaves before that.
    onBeforeUnmount(know, instance);
  }
  // On a server never: nobody unmounts the app of a request, so nothing may be listened to there.
  else if ('document' in globalThis) know();
  // An object of this call alone: two requests of a server share nothing.
  return computed(() => known.value?.value ?? { status: 'restoring' });
}

/**
 * Who is signed in, as a shallow, read-only ref: what `loadUser` gave, or else the claims of the token, which are new
 * after each refresh. Undefined while nobody is, or nobody knows yet.
 *
 * @throws {Error} When the app has no `sessionPlugin`, or there is no app to look in, naming the fix.
 */
export function useUser(): ComputedRef<RegisteredUser | undefined>;
export function useUser<Given extends AnySession>(): ComputedRef<UserOf<Given> | undefined>;
export function useUser(): ComputedRef<unknown> {
  const state = useSessionState<AnySession>();
  // No other state has a user.
  return computed(() => (state.value as { readonly user?: unknown }).user);
}

function useProvided(): Provided {
  const provided = inject(PROVIDED, undefined);
  // Also where the plugin was given nothing, or was handed to `app.use` without being called.
  if (!provided?.session) throw new Error('Call it in setup() after app.use(sessionPlugin(session)).');
  return provided;
}

/**
 * Listens once for the whole app. A subscription for each call would pile up wherever no scope ends it: in every
 * navigation guard, and in the middleware of Nuxt, whose scope is as old as the app.
 */
function listen({ app, session }: Provided): ShallowRef<SessionState<unknown>> {
  const state = shallowRef(session.getState());
  app.onUnmount(
    session.subscribe(() => {
      state.value = session.getState();
    }),
  );
  return state;
}
