import { inject } from '@angular/core';
import {
  type ActivatedRouteSnapshot,
  type GuardResult,
  type Route,
  Router,
  type RouterStateSnapshot,
  type UrlSegment,
} from '@angular/router';
import { ownOptions } from '../token/own.ts';
import { BINDING } from './inject.ts';

/**
 * Lets signed-in users in, and sends others to the sign-in route of `provideSession`, with the page that they asked for in
 * its query: a path of this app's router, never another site. It waits until it is known who is signed in. For
 * `canActivate`, `canActivateChild` and `canMatch`.
 *
 * On a server it lets everybody in, because nobody is known there: the page is rendered as for `restoring`, and the browser
 * decides.
 */
export function signedInGuard(
  _route: ActivatedRouteSnapshot | Route,
  place: RouterStateSnapshot | readonly UrlSegment[],
): GuardResult | Promise<GuardResult> {
  const router = inject(Router);
  const { session, options, isServer } = inject(BINDING);
  const { signInPath = '/sign-in', returnParameter = 'next' } = ownOptions(options);
  const url = 'url' in place ? place.url : wantedUrl(router);
  const decide = (): GuardResult => {
    if (session.getState().status === 'signed-in') return true;
    const tree = router.parseUrl(signInPath);
    tree.queryParams = { ...tree.queryParams, [returnParameter]: url };
    return tree;
  };
  if (isServer) return true;
  return session.getState().status === 'restoring' ? session.ready.then(decide) : decide();
}

/** The segments that `canMatch` is given are only those below its parent. */
function wantedUrl(router: Router): string {
  // A signal in newer releases, where the function is deprecated.
  const navigation = router.currentNavigation ? router.currentNavigation() : router.getCurrentNavigation();
  return navigation?.extractedUrl.toString() ?? router.url;
}
