import { sessionPlugin } from 'latchkey/vue';
import { type App, type Component, createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import type { AnySession } from '../../src/session/any-session.ts';

/** Renders as a server does: in the tests of a page, without the page. */
export async function renderOnServer(
  root: Component,
  session: AnySession,
  prepare: (app: App) => unknown = () => {},
): Promise<string> {
  const page = Object.getOwnPropertyDescriptor(globalThis, 'document');
  if (page) Reflect.deleteProperty(globalThis, 'document');
  try {
    const app = createSSRApp(root).use(sessionPlugin(session));
    await prepare(app);
    return await renderToString(app);
  } finally {
    if (page) Object.defineProperty(globalThis, 'document', page);
  }
}
