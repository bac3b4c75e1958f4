import { sessionPlugin } from 'latchkey/vue';
import { afterEach } from 'vitest';
import { type App, type Component, createApp, createSSRApp } from 'vue';
import type { AnySession } from '../../src/session/any-session.ts';

/** An app that stands in a page. */
export interface Mounted {
  readonly app: App;
  readonly element: HTMLElement;
  /** What the user reads. */
  readonly text: () => string;
}

const mounted: Mounted[] = [];

afterEach(() => {
  for (const { app, element } of mounted.splice(0)) {
    app.unmount();
    element.remove();
  }
});

/** Mounts a component as an app does; the app goes with the test. */
export function mount(root: Component, session: AnySession): Mounted {
  return stand(createApp(root), session, '');
}

/** Takes over what a server has rendered. */
export function hydrate(
  html: string,
  root: Component,
  session: AnySession,
  prepare: (app: App) => unknown = () => {},
): Mounted {
  const app = createSSRApp(root);
  prepare(app);
  return stand(app, session, html);
}

function stand(app: App, session: AnySession, html: string): Mounted {
  const element = document.body.appendChild(document.createElement('div'));
  element.innerHTML = html;
  app.use(sessionPlugin(session)).mount(element);
  const one = { app, element, text: () => element.textContent ?? '' };
  mounted.push(one);
  return one;
}
