import { coreOf } from '../session/core-of.ts';
import type { Session } from '../session/session.ts';
import { followSession } from './follow-session.ts';
import type { SessionTimeline } from './session-timeline.ts';
import { createTimelineView, type TimelineView } from './timeline-view.ts';

/**
 * Makes `<latchkey-timeline>` known to the page: what a session does, live, for development. Give an element its session
 * by its property `session`. Calling it again does nothing, and on a server it does nothing at all.
 *
 * @param name What the element is called. Default is `latchkey-timeline`.
 * @throws {SyntaxError} When the name has no hyphen.
 * @example
 * defineTimeline()
 * const timeline = document.createElement('latchkey-timeline')
 * timeline.session = session
 * document.body.append(timeline)
 */
export function defineTimeline(name = 'latchkey-timeline'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return;
  customElements.define(name, createElementClass());
}

/** Made when it is asked for: where there is no page there is no HTMLElement to extend. */
function createElementClass(): new () => SessionTimeline {
  return class extends HTMLElement {
    #session: Session<never, unknown> | undefined;
    #view: TimelineView | undefined;
    #leave = (): void => {};

    get session(): Session<never, unknown> | undefined {
      return this.#session;
    }

    set session(session: Session<never, unknown> | undefined) {
      if (session && !coreOf(session)) {
        throw new TypeError('<latchkey-timeline>: session must be one that createSession() gave.');
      }
      this.#session = session;
      if (this.isConnected) this.#follow();
    }

    connectedCallback(): void {
      // An app, or a framework, may have set the property before the element was defined.
      if (Object.hasOwn(this, 'session')) {
        const { session } = this;
        Reflect.deleteProperty(this, 'session');
        this.session = session;
      }
      this.#follow();
    }

    disconnectedCallback(): void {
      this.#leave();
    }

    #follow(): void {
      this.#leave();
      this.#view ??= createTimelineView(this.shadowRoot ?? this.attachShadow({ mode: 'open' }));
      this.#leave = followSession(this.#session, this.#view);
    }
  };
}
