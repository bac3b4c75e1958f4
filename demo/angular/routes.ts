import { inject } from '@angular/core';
import { type ActivatedRouteSnapshot, type GuardResult, Router, type Routes } from '@angular/router';
import { injectSession, signedInGuard } from 'latchkey/angular';
import { safeNext } from '../shared/next.ts';
import { Items } from './items.ts';
import { Profile } from './profile.ts';
import { SignIn } from './sign-in.ts';

export const routes: Routes = [
  { path: 'sign-in', component: SignIn, canActivate: [signedOutGuard] },
  { path: 'items', component: Items, canActivate: [signedInGuard] },
  { path: 'profile', component: Profile, canActivate: [signedInGuard] },
  { path: '**', redirectTo: 'items' },
];

/** Who is signed in has nothing to do at the form. */
function signedOutGuard({ queryParamMap }: ActivatedRouteSnapshot): GuardResult {
  const router = inject(Router);
  return injectSession().getState().status !== 'signed-in' || router.parseUrl(safeNext(queryParamMap.get('next')));
}
