import { changeHead, clear, close, commitRow, hold, isNamed, mayGoOn, revoke, save } from './fence.ts';
import { breach, finish, isAwake, type Move } from './move.ts';
import type { Setting } from './setting.ts';
import { generationOf, sessionAt, sessionOf, type Tab, type World } from './world.ts';

/**
 * The way of one refresh, from the attempt to what comes of it, all of it under the lock. What comes before is in
 * `lock.ts` and `facts.ts`, what the server says in `server.ts`.
 */
export const refreshMoves: readonly Move[] = [
  {
    // Written before anything is sent: whoever comes next knows that the outcome is open (ROT-4). The transaction looks
    // at epoch and generation again, because a sign-out does not wait for the lock (I3, I2).
    name: 'openAttempt',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'cleared',
    change(world, tab, setting) {
      if (setting.rules.facts === 'fence' && !(isOurs(world, tab, setting) && mayGoOn(tab, setting)))
        return finish(tab);
      const session = sessionAt(world, sessionOf(tab.token));
      tab.isOpener = !session.isOpen;
      session.isOpen = true;
      tab.at = 'opened';
    },
  },
  {
    // The point of no return. A tab that signed out itself since, or whose lease is too short for a request, stays
    // silent; the attempt that it leaves open is only a reason for somebody to wait (I1).
    name: 'send',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'opened' && tab.errand === 'refresh',
    change(world, tab, setting) {
      if (sessionOf(tab.held) !== sessionOf(tab.token) || !mayGoOn(tab, setting)) return finish(tab);
      send(world, tab, setting.credential === 'cookie' ? world.jar : tab.token, setting);
    },
  },
  {
    // One transaction: still this epoch, this session, this generation? Then saved and counted, else nothing (I3, I10).
    name: 'commit',
    by: 'engine',
    when: (_, tab, setting) =>
      isAnswered(tab, setting) && setting.store !== 'asynchronous' && setting.rules.saves === 'in the commit',
    change(world, tab, setting) {
      if (!isCommittable(world, tab, setting)) return discard(world, tab, setting);
      save(world, tab, successorOf(tab), setting);
      settleCommit(world, tab);
    },
  },
  {
    // Only a definitive rejection ends a session, and only if nobody was faster: row and head are read again (I5, C28).
    name: 'reject',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'sent' && tab.errand === 'refresh' && tab.request === 'refused',
    change(world, tab, setting) {
      const isBelieved = setting.rules.rejection === 'is believed' && tab.held !== 0;
      if (!isOurs(world, tab, setting) && !isBelieved) return finish(tab);
      const { isUnknown } = sessionAt(world, sessionOf(tab.token));
      if (!isUnknown || setting.server === 'grace') breach(world, 'I5');
      end(world, tab, setting);
      // What takes time is cleared under the lock, before anybody else has it.
      if (setting.store === 'asynchronous') tab.at = 'tidying';
      else finish(tab);
    },
  },
  {
    // No verdict, but an answer: the token is not spent, so the attempt is closed. Only one that was begun with this very
    // request: after an older one whose outcome is open, it still is (I10, I4).
    name: 'giveUp',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'sent' && tab.errand === 'refresh' && tab.request === 'unavailable',
    change(world, tab, setting) {
      const isMine = tab.isOpener || setting.rules.closes === 'any attempt';
      if (isMine && isOurs(world, tab, setting)) sessionAt(world, sessionOf(tab.token)).isOpen = false;
      finish(tab);
    },
  },
  {
    // No answer: nobody knows whether the token is spent. The attempt stays open (ROT-3).
    name: 'timeOut',
    by: 'engine',
    when: (_, tab) => isAwake(tab) && tab.at === 'sent' && tab.errand === 'refresh' && tab.request === 'lost',
    change: (_, tab) => finish(tab),
  },
];

/** Ends the session in the fence and a synchronous store, in one transaction, and in this tab (I3). */
export function end(world: World, tab: Tab, setting: Setting): void {
  const number = sessionOf(tab.held);
  tab.held = 0;
  if (setting.store !== 'tab') changeHead(world, 0);
  close(world, number, setting);
  if (setting.store !== 'asynchronous') clear(world, tab, setting);
  if (setting.credential === 'cookie' && setting.rules.marks.otherEnds) oweLogOut(world, tab, setting);
}

/** `storage-cleared`: only a fault may bring that about by itself (I5). */
export function endAsCleared(world: World, tab: Tab, setting: Setting): void {
  if (!sessionAt(world, sessionOf(tab.held)).isLost) breach(world, 'I5');
  end(world, tab, setting);
}

/** However a session ends: until its cookie is logged out, whoever has the lock does that first (I3). */
export function oweLogOut(world: World, tab: Tab, { rules }: Setting): void {
  if (rules.marks.signOut) world.pending = 'sign-out';
  tab.owes = true;
}

/** Puts a request on the wire. */
export function send(world: World, tab: Tab, wire: number, setting: Setting): void {
  tab.request = 'sent';
  tab.wire = wire;
  tab.at = 'sent';
  const session = sessionAt(world, sessionOf(wire));
  // A page that was frozen past its lease may wake, with the answer, in this very moment: not to be known in time.
  const isExcused = setting.lock === 'lease' && session.isUnknown;
  if (wire !== 0 && generationOf(wire) < session.known && !isExcused) breach(world, 'I2');
}

/** What an answer becomes; a cookie's own generation is the server's business. */
export function successorOf(tab: Tab): number {
  return tab.token + 1;
}

/** The fence still says what it said when the token was sent. */
export function isOurs(world: World, tab: Tab, setting: Setting): boolean {
  const number = sessionOf(tab.token);
  return isNamed(world, number, setting) && sessionAt(world, number).row === generationOf(tab.token);
}

export function isCommittable(world: World, tab: Tab, setting: Setting): boolean {
  // B's token under A's name is the one thing that nobody can mend afterwards (I7).
  if (sessionOf(tab.wire) !== sessionOf(tab.token) && isOurs(world, tab, setting)) breach(world, 'I7');
  return !setting.rules.checksEpoch || isOurs(world, tab, setting);
}

/** What came too late is made worthless; not what a sibling of the same session has in use by now (OUT-4, I5). */
export function discard(world: World, tab: Tab, setting: Setting): void {
  const isOver = !isNamed(world, sessionOf(tab.token), setting);
  if (setting.credential === 'record' && (isOver || setting.rules.revokes === 'whatever came late')) {
    revoke(sessionAt(world, sessionOf(tab.wire)));
  }
  finish(tab);
}

/** Counted in the fence, and in use here; the lock is still held. */
export function settleCommit(world: World, tab: Tab): void {
  const session = sessionAt(world, sessionOf(tab.token));
  commitRow(session, generationOf(successorOf(tab)));
  session.isLost = false;
  hold(world, tab, successorOf(tab));
  tab.request = 'none';
  tab.wire = 0;
  tab.at = 'leaving';
}

export function isAnswered(tab: Tab, { credential }: Setting): boolean {
  if (!isAwake(tab) || tab.at !== 'sent' || tab.errand !== 'refresh') return false;
  return tab.request === 'arrived' || (tab.request === 'granted' && credential === 'record');
}
