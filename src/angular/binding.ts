import type { Signal } from '@angular/core';
import type { AnySession } from '../session/any-session.ts';
import type { SessionState } from '../session/state.ts';
import type { HttpPolicy } from './http-wire.ts';
import type { ProvideSessionOptions } from './provide-session-options.ts';

/** What an injector has of a session. */
export interface Binding {
  /** As components may call it. */
  readonly session: AnySession;
  readonly state: Signal<SessionState<unknown>>;
  readonly user: Signal<unknown>;
  readonly options: ProvideSessionOptions;
  /** Whether a page is rendered here that somebody will look at elsewhere. */
  readonly isServer: boolean;
  /** Made for the first request: an app that uses no `HttpClient` does not have it in its bundle. */
  policy?: HttpPolicy;
}
