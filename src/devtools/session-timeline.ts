import type { Session } from '../session/session.ts';

/** The element `<latchkey-timeline>`: what a session does, as it does it. */
export interface SessionTimeline extends HTMLElement {
  /**
   * The session to show; undefined shows none, which is the default.
   *
   * @throws {TypeError} When it is set to something that is no session.
   */
  session: Session<never, unknown> | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'latchkey-timeline': SessionTimeline;
  }
}
