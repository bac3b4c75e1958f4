import { session } from '../shared/session.ts';
import { button, element } from './element.ts';
import type { Route } from './route.ts';
import type { State } from './view.ts';

const LINKS = [
  ['/items', 'Items'],
  ['/profile', 'Profile'],
] as const;

/** The top of every page; on one for signed-in users, where they can go, who they are, and the way out. */
export function createHeader(): { readonly header: HTMLElement; update(state: State, route: Route): void } {
  const brand = element('p', { class: 'brand' }, element('a', { href: '../' }, 'latchkey'), ' in plain TypeScript');
  const links = LINKS.map(([page, label]) => element('a', { href: `#${page}` }, label));
  const name = element('strong');
  const signedIn = [
    element('nav', { 'aria-label': 'Pages of the app' }, ...links),
    element('p', { class: 'who' }, 'Signed in as ', name),
    button('Sign out', () => void session.signOut(), { class: 'quiet' }),
  ];
  const header = element('header', {}, brand);
  return {
    header,
    update(state, { page }) {
      name.textContent = state.status === 'signed-in' ? (state.user?.username ?? '') : '';
      for (const link of links) link.ariaCurrent = link.hash === `#${page}` ? 'page' : null;
      const isSignedIn = state.status === 'signed-in';
      if (isSignedIn !== header.contains(name)) header.replaceChildren(brand, ...(isSignedIn ? signedIn : []));
    },
  };
}
