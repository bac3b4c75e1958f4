import type { Core } from './core.ts';
import { CORE } from './engine.ts';

/** All that is known of a session, whichever copy of the package made it; undefined when it is none. */
export function coreOf(session: object | undefined): Core | undefined {
  return (session as { readonly [CORE]?: () => Core } | undefined)?.[CORE]?.();
}
