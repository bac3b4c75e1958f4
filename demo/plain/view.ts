import type { SessionState } from 'latchkey';
import type { User } from '../shared/profile.ts';
import type { Route } from './route.ts';

/** What can be shown of the session of this app. */
export type State = SessionState<User | undefined>;

/** A page that is shown. */
export interface View {
  readonly main: HTMLElement;
  /** Shows what has changed since: the query of the route, or the state. */
  update?(state: State, route: Route): void;
  /** The page is left. */
  close?(): void;
}
