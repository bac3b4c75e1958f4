import { safeNext, signInQuery } from '../shared/next.ts';
import { session } from '../shared/session.ts';
import { createHeader } from './header.ts';
import { createIdleWarning } from './idle-warning.ts';
import { createItems } from './items.ts';
import { createProfile } from './profile.ts';
import { currentRoute, type Route, replaceRoute } from './route.ts';
import { createSignIn } from './sign-in.ts';
import type { State, View } from './view.ts';

const SIGN_IN = '/sign-in';
const PAGES: ReadonlyMap<string, (state: State, route: Route) => View> = new Map([
  [SIGN_IN, createSignIn],
  ['/items', createItems],
  ['/profile', createProfile],
]);

const app = document.querySelector<HTMLElement>('#app') as HTMLElement;
const { header, update: updateHeader } = createHeader();
const warn = createIdleWarning(app);
let shown: (View & { readonly page: string }) | undefined;

/** Where to go instead, when this state may not see this page. */
function elsewhere(state: State, { page, path, query }: Route): string | undefined {
  if (state.status === 'signed-out') {
    return page === SIGN_IN ? undefined : `${SIGN_IN}${signInQuery(path, state.reason)}`;
  }
  if (page === SIGN_IN) return safeNext(query.get('next'));
  return PAGES.has(page) ? undefined : '/items';
}

function show(): void {
  const state = session.getState();
  // What the document came with says so.
  if (state.status === 'restoring') return;
  const instead = elsewhere(state, currentRoute());
  if (instead !== undefined) replaceRoute(instead);
  const route = currentRoute();
  updateHeader(state, route);
  if (shown?.page === route.page) shown.update?.(state, route);
  else open(route, state);
  warn(state);
}

function open(route: Route, state: State): void {
  const view = PAGES.get(route.page)?.(state, route);
  if (!view) return;
  shown?.close?.();
  // The rest of the page stays: the warning, too, while it is open.
  if (shown) shown.main.replaceWith(view.main);
  else app.replaceChildren(header, view.main);
  shown = { ...view, page: route.page };
}

session.subscribe(show);
addEventListener('hashchange', show);
show();
