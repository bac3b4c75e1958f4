import {
  clear,
  commitRow,
  handOver,
  hold,
  isCaughtUp,
  isEmptied,
  isLockFree,
  isNamed,
  isSavedOnly,
  namedRecord,
  save,
  shownTo,
  siblingWith,
} from './fence.ts';
import { breach, type Move } from './move.ts';
import { endAsCleared } from './refresh.ts';
import { generationOf, sessionAt, sessionOf, type Tab } from './world.ts';

/**
 * What a tab does about what others did, once it looks: at a message, when it wakes, before a request after that. A
 * message that is late or lost is nothing but a later look, so these moves come whenever they like (OUT-6).
 */
export const reconcileMoves: readonly Move[] = [
  {
    // The head names nobody, or somebody else: this tab's session is over, and so are its requests (I3, SES-4).
    name: 'reconcile: drop',
    by: 'engine',
    when: (world, tab, setting) => isLooking(tab) && tab.held !== 0 && !isNamed(world, sessionOf(tab.held), setting),
    change(world, tab, setting) {
      // Only because a user, a peer or the server ended it (I5).
      if (!sessionAt(world, sessionOf(tab.held)).isOver) breach(world, 'I5');
      if (setting.store === 'tab' && sessionOf(tab.view) === sessionOf(tab.held)) tab.view = 0;
      tab.held = 0;
    },
  },
  {
    // The store shows exactly the record that the fence names: a newer generation, or another's sign-in (I10, I13).
    name: 'reconcile: adopt',
    by: 'engine',
    when(world, tab, setting) {
      if (!isLooking(tab) || setting.store === 'tab' || world.head === 0) return false;
      const named = namedRecord(world, world.head);
      return tab.held !== named && shownTo(world, tab, setting) === named;
    },
    change: (world, tab) => hold(world, tab, namedRecord(world, world.head)),
  },
  {
    // A page died between save and commit: whoever sees it commits it, also a tab that holds nothing yet (I2, I13).
    name: 'reconcile: commit what was saved',
    by: 'engine',
    when(world, tab, setting) {
      const session = setting.store === 'tab' ? sessionOf(tab.view) : world.head;
      if (setting.rules.saved === 'waits') return false;
      return isLooking(tab) && isSavedOnly(world, tab, session, setting) && isLockFree(world, session, setting);
    },
    change(world, tab, setting) {
      const saved = shownTo(world, tab, setting);
      commitRow(sessionAt(world, sessionOf(saved)), generationOf(saved));
      hold(world, tab, saved);
    },
  },
  {
    // The store has no copy: a tab that has one gives it away (C41).
    name: 'handOver',
    by: 'engine',
    when(world, tab, setting) {
      const session = sessionOf(tab.held);
      if (!isLooking(tab) || !isNamed(world, session, setting) || !isCaughtUp(world, tab, setting)) return false;
      const named = namedRecord(world, session);
      return tab.held < named && shownTo(world, tab, setting) !== named && siblingWith(world, tab, named) !== undefined;
    },
    change: handOver,
  },
  {
    // The store shows another record than the one that this tab holds and the fence names. Never while an attempt is
    // open: that may be the newest token, saved by a page that died (I2). Never over an empty store: somebody emptied it.
    name: 'reconcile: mend',
    by: 'engine',
    where: { store: 'synchronous' },
    when(world, tab, setting) {
      if (!isLooking(tab) || tab.held === 0) return false;
      if (tab.held !== namedRecord(world, world.head) || world.store === tab.held) return false;
      if (sessionAt(world, world.head).isOpen && setting.rules.mends === 'at rest') return false;
      return tab.view !== 0 && tab.view !== tab.held;
    },
    change: (world, tab, setting) => save(world, tab, tab.held, setting),
  },
  {
    name: 'reconcile: storage cleared',
    by: 'engine',
    when: (world, tab, setting) => isLooking(tab) && isEmptied(world, tab, setting),
    change: endAsCleared,
  },
  {
    // Not waiting for the store to catch up, and deleting what is somebody's since (I5). Not a rule: a way to go wrong.
    name: 'reconcile: delete on sight',
    by: 'engine',
    where: { store: 'synchronous' },
    when: (world, tab, { rules }) =>
      rules.deletes === 'on sight' && isLooking(tab) && tab.view !== 0 && sessionOf(tab.view) !== world.head,
    change: (world, tab, setting) => clear(world, tab, setting),
  },
];

function isLooking({ page }: Tab): boolean {
  return page === 'running';
}
