import type { AnySession } from '../../src/session/any-session.ts';

/** The same session, that counts who listens. */
export function counted<Given extends AnySession>(session: Given): Given & { readonly listeners: () => number } {
  let listeners = 0;
  const subscribe: AnySession['subscribe'] = (listener) => {
    const stop = session.subscribe(listener);
    listeners += 1;
    return () => {
      listeners -= 1;
      stop();
    };
  };
  return { ...session, subscribe, listeners: () => listeners };
}
