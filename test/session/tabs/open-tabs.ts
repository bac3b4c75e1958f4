import type { SessionState } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { catchUp } from '../../../src/session/catch-up.ts';
import type { Core } from '../../../src/session/core.ts';
import { coreOf } from '../../../src/session/core-of.ts';
import type { Head, Row } from '../../../src/session/facts.ts';
import type { SimTab, TabsWorld } from '../../support/tabs.ts';
import type { Task } from '../../support/tabs-schedule.ts';
import { ALICE } from '../../support/world.ts';

/** How long an access token of the simulated server lives, and a moment, in milliseconds. */
export const LIFE = 300_001;

type Opening = Parameters<TabsWorld['openTab']>[0];

/** Opens tabs of which the first signs in and the others follow, and forgets what they told on the way. */
export async function openTabs(
  world: TabsWorld,
  count: number,
  opening: (index: number) => Opening = () => ({}),
  credentials: FakeCredentials = ALICE,
): Promise<readonly [SimTab, SimTab, ...SimTab[]]> {
  const tabs = Array.from({ length: count }, (_, index) => world.openTab(opening(index)));
  await world.settle();
  await world.until((tabs[0] as SimTab).session.signIn(credentials));
  await world.settle();
  for (const { events } of tabs) events.length = 0;
  return tabs as unknown as readonly [SimTab, SimTab, ...SimTab[]];
}

/** One tab that has signed in. */
export async function openTab(world: TabsWorld, opening?: Opening): Promise<SimTab> {
  const [tab] = await openTabs(world, 1, () => opening);
  return tab;
}

/** Opens a page and lets it restore. */
export async function load(world: TabsWorld, opening?: Opening): Promise<SimTab> {
  const tab = world.openTab(opening);
  await world.until(tab.session.ready);
  await world.settle();
  return tab;
}

/** What a request of the app got: a status, or the code and the reason of the error. */
export async function ask(world: TabsWorld, tab: SimTab, path = '/x'): Promise<number | string> {
  return await world.until(outcome(tab.api.get(path)));
}

/** The same of work that is under way. */
export function outcome(work: Promise<{ readonly status?: number } | unknown>): Promise<number | string> {
  return work.then(
    (answer) => (answer as { readonly status?: number } | undefined)?.status ?? 'done',
    (error) =>
      error?.response?.status ??
      ([error?.code, error?.reason].filter(Boolean).join(':') || `no error of ours: ${error}`),
  );
}

/** Whether the state is that of somebody who is signed in, and who. */
export function userOf({ session }: SimTab): unknown {
  const state = session.getState();
  return state.status === 'signed-in' ? state.user.sub : undefined;
}

export function stateOf({ session }: SimTab): SessionState<unknown> {
  return session.getState();
}

export function headOf({ fence }: TabsWorld): Head | undefined {
  return fence.rows.get('head:default') as Head | undefined;
}

export function rowOf({ fence }: TabsWorld, sessionId = ''): Row | undefined {
  return fence.rows.get(`row:${sessionId}`) as Row | undefined;
}

/** Holds what is to happen in a tab, of these kinds, until the function that it gives is called. */
export function hold({ clock }: TabsWorld, tab: SimTab, ...kinds: readonly string[]): () => void {
  return clock.hold(({ page, kind }: Task) => page === tab.page && kinds.includes(kind));
}

/** How often something has happened so far, in one tab or in all. */
export function countOf({ clock }: TabsWorld, kind: string, tab?: SimTab): number {
  return clock.log.filter((entry) => (tab ? entry === `${tab.page.name} ${kind}` : entry.endsWith(` ${kind}`))).length;
}

/** How often the refresh token that arrived most often did. */
export function mostPresented({ server }: TabsWorld): number {
  return Math.max(0, ...server.presented.values());
}

/** The session that it shows; empty while there is none. */
export const sessionOf = (tab: SimTab): string => tab.record()?.sessionId ?? '';

/** What a tab finds when it looks: the generation that it goes on with, why the session is over, or nothing new. */
export async function look({ session }: SimTab, { isLocked } = { isLocked: false }): Promise<string> {
  const core = coreOf(session) as Core;
  const settle = await catchUp(core, core.epoch, isLocked);
  try {
    return settle ? `generation ${settle().record.generation}` : 'nothing';
  } catch (error) {
    return (error as { readonly reason?: string }).reason ?? String(error);
  }
}
