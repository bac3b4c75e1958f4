import mitt from 'mitt';
import type { AuthError, SignOutReason } from '../errors.ts';
import { isFunction } from '../platform/check-options.ts';
import type { Unsubscribe } from '../platform/clock.ts';

/** What is wrong around the session, in one word; the message of the event says the fix. A closed union. */
export type DiagnosticCode =
  | 'store-failed'
  | 'record-ignored'
  | 'revoke-failed'
  | 'refresh-stuck'
  | 'refresh-loop'
  | 'user-not-loaded'
  | 'listener-failed'
  | 'adapter-replaced'
  | 'body-not-replayable'
  | 'challenge-hidden'
  | 'origin-not-listed'
  | 'origin-insecure'
  | 'tabs-uncoordinated';

/** What a session tells, and what with. No event holds a token (EVT-1). */
export type SessionEvents<User> = {
  /** Somebody signed in, here or in another tab while this one showed nobody: never on a restore or a refresh. */
  'signed-in': { readonly user: User };
  /** There are new tokens. `tokenExpiresAt` is in milliseconds since 1970; undefined when the server did not say. */
  refreshed: { readonly tokenExpiresAt: number | undefined };
  /** A refresh gave no verdict; the session stays. None is sent before `retryAt`, in milliseconds since 1970. */
  'refresh-failed': { readonly error: AuthError; readonly retryAt: number | undefined };
  /** The session will end at `at`, in milliseconds since 1970: it cannot be renewed, or reaches a limit of the app. */
  expiring: { readonly cause: SignOutReason; readonly at: number };
  /** The session ended: once for each end, and never on a first visit. */
  'signed-out': { readonly reason: SignOutReason };
  /** A server answered 403 for want of a scope (RFC 6750 section 3.1), where it named one. `url` is without its query. */
  'insufficient-scope': { readonly scope: string | undefined; readonly url: string };
  /** Something to mend in the app, the server or the browser. Say it in development; production may ignore it. */
  diagnostic: { readonly code: DiagnosticCode; readonly message: string };
};

/** Tells events to listeners; a listener that throws changes nothing for anybody else (EVT-3). */
export interface Emitter<Events extends Record<string, unknown>> {
  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): Unsubscribe;
  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void;
  clear(): void;
}

/** @param onError Told what a listener threw, and of which type of event it was a listener. */
export function createEmitter<Events extends Record<string, unknown>>(
  onError: (error: unknown, type: keyof Events) => void,
): Emitter<Events> {
  const hub = mitt<Events>();
  return {
    on(type, listener) {
      if (!isFunction(listener)) throw new TypeError('A listener must be a function.');
      // A wrapper of its own, so that one function subscribed twice can be unsubscribed once.
      const guarded: typeof listener = (event) => {
        try {
          const result: unknown = listener(event);
          // An async listener fails later; nobody waits for it, and nobody may trip over it.
          if (result instanceof Promise) result.catch((error) => onError(error, type));
        } catch (error) {
          onError(error, type);
        }
      };
      hub.on(type, guarded);
      return () => hub.off(type, guarded);
    },
    emit: (type, event) => hub.emit(type, event),
    clear: () => hub.all.clear(),
  };
}
