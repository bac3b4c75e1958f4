import { effect, inject, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router } from '@angular/router';
import { injectSessionState } from 'latchkey/angular';
import { filter } from 'rxjs';
import { safeNext, signInQuery } from '../shared/next.ts';

/** Takes the user to the form in the moment in which the session ends, here or elsewhere, and back when it begins. */
export function followSession(): void {
  const router = inject(Router);
  const state = injectSessionState();
  const arrival = toSignal(router.events.pipe(filter((event) => event instanceof NavigationEnd)));

  effect(() => {
    const url = arrival()?.urlAfterRedirects;
    const now = state();
    if (url === undefined) return;
    const { queryParams, root } = router.parseUrl(url);
    const isAtForm = root.children.primary?.segments[0]?.path === 'sign-in';
    const target =
      now.status === 'signed-in' && isAtForm
        ? safeNext(queryParams.next)
        : now.status === 'signed-out' && !isAtForm
          ? `/sign-in${signInQuery(url, now.reason)}`
          : undefined;
    // The back button does not lead to what was left.
    if (target !== undefined) void untracked(() => router.navigateByUrl(target, { replaceUrl: true }));
  });
}
