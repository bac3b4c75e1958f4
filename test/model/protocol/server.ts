import { revoke } from './fence.ts';
import { breach, type Move } from './move.ts';
import type { Setting } from './setting.ts';
import {
  generationOf,
  newSession,
  type Orphan,
  type Rec,
  record,
  sessionAt,
  sessionOf,
  type Tab,
  type World,
} from './world.ts';

/** The authorization server, the wire to it, and what a browser does by itself. */
export const serverMoves: readonly Move[] = [
  {
    name: 'server answers',
    by: 'world',
    when: (_, tab) => tab.request === 'sent',
    change(world, tab, setting) {
      const answer = answerTo(world, kindOf(tab), tab.wire, setting);
      tab.request = answer === undefined ? 'refused' : 'granted';
      tab.wire = answer ?? 0;
    },
  },
  {
    // The browser takes a Set-Cookie whether the page runs or not; a record waits for its page.
    name: 'cookie arrives',
    by: 'world',
    where: { credential: 'cookie' },
    when: (_, tab) => tab.request === 'granted',
    change(world, tab) {
      setCookie(world, tab.wire);
      tab.request = 'arrived';
    },
  },
  {
    // Late by any measure: the page that sent it is gone (I7). With the page, each browser may also drop the answer.
    name: 'server answers a page that is gone',
    by: 'world',
    when: (world, tab) => orphanBy(world, tab)?.request === 'sent',
    change(world, tab, setting) {
      const orphan = take(world, tab);
      const answer = answerTo(world, orphan.errand, orphan.wire, setting);
      if (answer === undefined) return;
      if (setting.credential === 'cookie') world.orphans.push({ ...orphan, request: 'granted', wire: answer });
      else forget(world, answer);
    },
  },
  {
    name: 'cookie arrives for a page that is gone',
    by: 'world',
    where: { credential: 'cookie' },
    when: (world, tab) => orphanBy(world, tab)?.request === 'granted',
    change: (world, tab) => setCookie(world, take(world, tab).wire),
  },
  {
    name: 'request of a page that is gone never comes',
    by: 'world',
    when: (world, tab) => orphanBy(world, tab) !== undefined,
    change(world, tab) {
      const orphan = take(world, tab);
      if (orphan.request === 'granted') forget(world, orphan.wire);
    },
  },
  {
    // localStorage shows what other tabs wrote when it likes: each read before this is a stale one (S9).
    name: 'store catches up',
    by: 'world',
    where: { store: 'synchronous' },
    when: (world, tab) => tab.page !== 'gone' && tab.view !== world.store,
    change(world, tab) {
      tab.view = world.store;
    },
  },
  {
    name: 'resume',
    by: 'world',
    when: (_, tab) => tab.page === 'frozen',
    change(_, tab) {
      tab.page = 'running';
    },
  },
];

/** What the server gives for a refresh token; `undefined` is its definitive no. */
function answerTo(world: World, kind: Orphan['errand'], wire: Rec, setting: Setting): Rec | undefined {
  if (kind === 'sign-in') {
    world.born += 1;
    const session = newSession(0, 1);
    session.row = 0;
    world.sessions.push(session);
    return record(world.born, 1);
  }
  const session = wire === 0 ? undefined : sessionAt(world, sessionOf(wire));
  if (kind === 'log-out') {
    if (session) revoke(session);
    return 0;
  }
  if (!session || session.isRevoked) return undefined;
  const generation = generationOf(wire);
  if (generation === session.newest) {
    session.newest += 1;
    return record(sessionOf(wire), session.newest);
  }
  // A grace for the last token: the answer that was lost is given again.
  if (setting.server === 'grace' && generation === session.newest - 1) return record(sessionOf(wire), session.newest);
  if (setting.server === 'rejects') return undefined;
  // Spent: the whole family is revoked. Only a fault may bring that about (I4).
  session.isRevoked = true;
  if (!session.isOver && (!session.isUnknown || setting.server === 'grace')) breach(world, 'I4');
  return undefined;
}

/** What a tab's request asks for: a log-out while it settles, whatever it came for. */
export function kindOf({ at, errand }: Tab): Orphan['errand'] {
  return at === 'settling' ? 'log-out' : errand;
}

/** Orphans have no tab; so that each of them gets its moves, the first tab stands for the first one, and so on. */
function orphanBy(world: World, tab: Tab): Orphan | undefined {
  return world.orphans.length === 0 ? undefined : world.orphans[world.tabs.indexOf(tab)];
}

function take(world: World, tab: Tab): Orphan {
  return world.orphans.splice(world.tabs.indexOf(tab), 1)[0] as Orphan;
}

/** The newest token of a session is with nobody. */
function forget(world: World, wire: Rec): void {
  if (wire === 0) return;
  const session = sessionAt(world, sessionOf(wire));
  if (!session.isOver) session.isUnknown = true;
}

function setCookie(world: World, wire: Rec): void {
  world.jarBefore = world.jar;
  world.jar = wire;
  if (wire === 0) return;
  const session = sessionAt(world, sessionOf(wire));
  if (!session.isOver) session.known = Math.max(session.known, generationOf(wire));
}
