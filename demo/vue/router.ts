import type { SignOutReason } from 'latchkey';
import {
  createRouter,
  createWebHashHistory,
  type NavigationGuardReturn,
  type RouteLocation,
  type RouteLocationRaw,
  type Router,
} from 'vue-router';
import { safeNext, signInQuery } from '../shared/next.ts';
import { session } from '../shared/session.ts';
import ItemsPage from './items-page.vue';
import ProfilePage from './profile-page.vue';
import SignInPage from './sign-in-page.vue';

const SIGN_IN = '/sign-in';

export const router: Router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: SIGN_IN, component: SignInPage, meta: { isPublic: true } },
    { path: '/items', component: ItemsPage },
    { path: '/profile', component: ProfilePage },
    { path: '/:rest(.*)*', redirect: '/items' },
  ],
  // The one of vue-router leaves the way back as it is, which reads like two queries.
  stringifyQuery: (query) => new URLSearchParams(query as Record<string, string>).toString(),
});

router.beforeEach(decide);
// The session may have ended while a page was loaded.
router.beforeResolve(decide);

// Neither is told at the start: whoever was signed in before is let in by the guard.
session.on('signed-out', ({ reason }) => {
  const { path, fullPath } = router.currentRoute.value;
  if (path !== SIGN_IN) void router.replace(signIn(fullPath, reason));
});
session.on('signed-in', () => {
  const { path, query } = router.currentRoute.value;
  if (path === SIGN_IN) void router.replace(safeNext(query.next));
});

async function decide({ path, fullPath, query }: RouteLocation): Promise<NavigationGuardReturn> {
  await session.ready;
  const isSignedIn = session.getState().status === 'signed-in';
  if (path === SIGN_IN) return isSignedIn ? safeNext(query.next) : true;
  return isSignedIn || signIn(fullPath);
}

/** The form, in the place of the page that it leads back to: the back button does not lead there. */
function signIn(from: string, reason?: SignOutReason): RouteLocationRaw {
  const query = Object.fromEntries(new URLSearchParams(signInQuery(from, reason)));
  return { path: SIGN_IN, query, replace: true };
}
