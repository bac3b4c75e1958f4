import type { SessionRecord } from '../token/session-record.ts';
import { logOutByCookie } from './cookie-jar.ts';
import type { Core } from './core.ts';
import { finish } from './ending.ts';
import { changeFacts, isNamed, readFacts, writeEnd } from './facts.ts';
import { revoke } from './revoke.ts';
import { clearUnderLock } from './store-under-lock.ts';
import { announce } from './tabs.ts';

/**
 * Ends the session: in this tab before anything is awaited (OUT-1), then in the fence and the store, then on the server.
 */
export async function signOut(core: Core, everywhere: boolean): Promise<void> {
  const { backend, epoch, keeper } = core;
  const mine = core.held?.record;
  const isCookie = backend.credential === 'cookie';
  // The store at once, too, and not only with the fence: the app may leave the page on the next line.
  const shown = keeper.now?.load().record;
  keeper.now?.clear(true);
  let found: SessionRecord | undefined;
  // The fence is changed in the order of the users' actions, so this begins before a listener can sign in again. In one
  // transaction the head names nobody, and the store shows nothing, whatever it showed (I3).
  const ended = changeFacts(core, mine, (facts) => {
    found = keeper.now?.load().record;
    keeper.now?.clear(true);
    writeEnd(core, facts, 'user', everywhere);
  });
  if (core.state.status !== 'signed-out') finish(core, epoch, 'user');
  const known: SessionRecord[] = [];
  const revoked: Promise<unknown>[] = [];
  const revokeOnce = (...records: readonly (SessionRecord | undefined)[]): void => {
    for (const record of records) {
      if (!record || isCookie || known.some((one) => isSame(one, record))) continue;
      known.push(record);
      revoked.push(revoke(core, record, { everywhere }));
    }
  };
  // For the same reason these are under way before anything is awaited.
  revokeOnce(mine, shown);
  await ended;
  // Not before: who looks then must see it.
  announce(core);
  if (!keeper.now) {
    // It may be newer than ours, or, during a restore, all that is known; whoever has signed in since is left alone.
    found = (await keeper.load()).record;
    const facts = await readFacts(core, found);
    if (isNamed(core, found, facts)) found = undefined;
    // At once, unless somebody has signed in meanwhile; and once more under the lock, after whatever is being written.
    if (!core.held && !facts.head?.sessionId) await keeper.clear(true);
    void clearUnderLock(core, mine);
  }
  revokeOnce(found);
  if (isCookie) revoked.push(logOutByCookie(core, mine));
  await Promise.all(revoked);
}

function isSame(one: SessionRecord, other: SessionRecord): boolean {
  return one.sessionId === other.sessionId && one.generation === other.generation;
}
