import type { NgZone } from '@angular/core';
import type { AnySession } from '../session/any-session.ts';

/**
 * The session as components have it. Where there is a zone, a click is handled in it; what the session begins then, such
 * as the timer of the next refresh, would run in there as well: the application would not be stable for minutes, and be
 * checked for changes whenever one fires (C47). Listeners of the app are called in the zone again.
 */
export function outsideAngular(session: AnySession, zone: NgZone): AnySession {
  const insideAngular = (value: unknown): unknown =>
    typeof value === 'function' ? (event: unknown) => zone.run(() => value(event)) : value;
  const outside: Record<string, unknown> = { ...session };
  for (const name in outside) {
    const member = outside[name];
    if (typeof member !== 'function') continue;
    outside[name] = (...given: unknown[]) => zone.runOutsideAngular(() => member(...given.map(insideAngular)));
  }
  return outside as unknown as AnySession;
}
