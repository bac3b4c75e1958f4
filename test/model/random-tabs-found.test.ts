// @vitest-environment node
import { describe, it } from 'vitest';
import { play } from './random-tabs.ts';
import type { Action, Script } from './random-tabs-actions.ts';
import { CONFIGURATIONS } from './random-tabs-configurations.ts';

/** `what tab after`, action by action. */
function script(seed: number, chaos: number, tabs: number, text: string): Script {
  const actions = text.split(', ').map((action): Action => {
    const [what, tab, after] = action.split(' ');
    return { what: what as Action['what'], tab: Number(tab), after: Number(after) };
  });
  return { seed, chaos, tabs, actions };
}

/** Rare schedules that random runs have found, kept as they were shrunk: the first two showed a fault of the engine. */
const FOUND: readonly (readonly [what: string, configuration: string, script: Script])[] = [
  [
    'a sign-in that was written, and whose transaction is repeated after the next one has begun, is not revoked (I4)',
    'a lease in place of Web Locks',
    script(1801162774, 0, 2, 'alice 0 0, repeat 0 0, request 0 6, alice 0 1, request 0 3, reload 0 10, request 0 0'),
  ],
  [
    'nor while another tab refreshes (I4)',
    'localStorage that lags',
    script(390344527, 131, 4, 'expire 0 0, alice 3 0, request 0 1, request 1 7, repeat 0 3, alice 3 4'),
  ],
  [
    'what a page saved that died in the middle of a sign-in is removed by the next page (I3)',
    'a server that never replaces a token',
    script(
      1811765989,
      83,
      2,
      'crash 0 0, refresh 0 0, expire 0 0, out 0 0, alice 0 4, crash 0 6, request 0 1, request 0 0',
    ),
  ],
  [
    'a store that is cleared in the middle of a sign-in leaves a session that lasts as long as its tabs',
    'a server that ends the session when a spent token comes',
    script(945440605, 0, 2, 'alice 1 0, clearStore 0 5, settleTime 0 4, crash 1 0, request 0 0, request 0 0'),
  ],
  [
    'databases that are cleared during a sign-in, and filled again from a store that lags, leave each tab with what it knows',
    'a server that ends the session when a spent token comes',
    script(
      202264128,
      83,
      2,
      'refresh 0 0, freeze 3 3, clockForward 0 7, loseMessage 0 1, bob 0 0, clearFence 0 7, reload 0 0, request 0 0, crash 0 5',
    ),
  ],
  [
    'and so they do where a tab that slept fills them',
    'a server that takes the last token once more',
    script(
      218790983,
      139,
      3,
      'expire 0 0, duplicate 0 0, request 3 2, wake 0 6, alice 3 11, wake 0 1, freeze 0 1, clearFence 0 9',
    ),
  ],
  [
    'a page that dies between the clear of a rejected session and its reason leaves another reason (I5)',
    'a server that takes the last token once more',
    script(
      2147483647,
      140,
      4,
      'revoke 0 0, refresh 3 0, tick 0 9, request 3 2, reload 0 0, crash 2 6, request 0 0, request 0 1',
    ),
  ],
  [
    'a copied tab begins with the reason why its session ended (I5)',
    'sessionStorage',
    script(
      982423498,
      0,
      2,
      'revoke 0 0, refresh 0 0, lockWait 0 0, clockForward 0 0, duplicate 0 0, request 0 0, request 0 0',
    ),
  ],
  [
    'and so it does where tabs keep tokens in their memory (I5)',
    'the memory of all tabs',
    script(
      502443061,
      0,
      2,
      'revoke 0 0, lockWait 0 0, refresh 0 0, loseMessage 0 5, loseResponse 0 4, clockForward 0 5, duplicate 0 0, request 0 0, lockWait 0 4',
    ),
  ],
  [
    'a copied tab is left with what it has when the tab that had more is gone',
    'sessionStorage',
    script(
      1636077422,
      0,
      2,
      'duplicate 0 0, reload 1 0, alice 2 0, refuse 0 4, request 0 9, request 0 6, crash 0 12, request 3 0, request 1 0',
    ),
  ],
  [
    'what tabs keep in their memory is gone with the message that brings it (I5)',
    'the memory of all tabs',
    script(1527283154, 0, 2, 'alice 0 0, loseMessage 0 11, loseMessage 0 6, expire 0 0, request 0 0, request 0 0'),
  ],
  [
    'a tab that is copied while the other refreshes and signs out ends as one whose tokens are gone (I5)',
    'sessionStorage',
    script(417690794, 43, 2, 'refresh 0 0, duplicate 0 8, out 0 2, settleTime 0 1, request 0 0'),
  ],
  [
    'databases that are cleared between two sign-ins leave nobody who can tell why the first is over (I5)',
    'the memory of all tabs',
    script(
      1830284282,
      0,
      3,
      'alice 0 0, duplicate 0 7, alice 0 12, revoke 0 10, clearStore 0 10, busyFor 0 11, request 3 4, loseMessage 0 10, clearFence 0 3, request 0 0',
    ),
  ],
  [
    'and a new page where there is no common fence (I5)',
    'no common fence',
    script(1207857300, 38, 2, 'revoke 0 0, refresh 0 0, expire 0 0, open 0 0, request 0 0, request 0 0'),
  ],
];

describe('schedules that were found', () => {
  it.each(FOUND)('%s', async (_, name, found) => {
    const configuration = CONFIGURATIONS.find(([other]) => other === name)?.[2];
    if (!configuration) throw new Error(`There is no configuration "${name}".`);
    await play(configuration, found);
  });
});
