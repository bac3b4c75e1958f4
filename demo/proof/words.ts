import { generationOf, sessionAt, sessionOf, type Tab, type World } from '../../test/model/protocol/world.ts';
import type { Variant } from './variants.ts';

/** What the tabs are called. */
export const tabNames = ['Tab A', 'Tab B'] as const;

/** What a tab is called, by its index. */
export function nameOf(index: number): string {
  return tabNames[index] ?? `Tab ${index + 1}`;
}

/** A record in words: its generation, and its session where there was more than one. Never a token. */
export function recordText(rec: number, world: World): string {
  if (rec === 0) return 'nothing';
  const session = world.born > 1 ? ` of session ${sessionOf(rec)}` : '';
  return `generation ${generationOf(rec)}${session}`;
}

/** Why a record is no good any more: its refresh token was used, or its session is revoked. */
export function flawOf(rec: number, world: World): 'spent' | 'revoked' | undefined {
  if (rec === 0) return undefined;
  const { newest, isRevoked } = sessionAt(world, sessionOf(rec));
  if (isRevoked) return 'revoked';
  return generationOf(rec) < newest ? 'spent' : undefined;
}

/** What a tab is about. */
export function doingText(tab: Tab, { setting }: Variant): string {
  if (tab.held === 0 && tab.at === 'idle') return 'shows the sign-in page';
  if (tab.at === 'idle') return 'at rest';
  const isAlone = setting.rules.mutex === 'of the tab';
  if (tab.at === 'waiting') return isAlone ? 'is about to refresh' : 'waits for the lock';
  if (tab.at === 'inside') return isAlone ? 'refreshes, as the only one in this tab' : 'has its turn';
  if (tab.at === 'cleared') return 'is going to send';
  if (tab.at === 'opened') return 'has its request ready';
  return tab.at === 'sent' ? 'waits for the answer' : 'is done with it';
}

/** What is on the wire between a tab and the server. */
export function requestText({ request, wire }: Tab, world: World): string {
  if (request === 'sent') return `refresh with ${recordText(wire, world)}, on its way`;
  if (request === 'granted' || request === 'arrived') return `answered with ${recordText(wire, world)}`;
  if (request === 'refused') return 'answered with a no';
  if (request === 'unavailable') return 'answered with “later”';
  return request === 'lost' ? 'no answer will come' : 'none';
}

/** Who has the lock. */
export function lockText(world: World, { setting }: Variant): string {
  if (setting.rules.mutex === 'of the tab') return 'there is none';
  const index = world.tabs.findIndex(({ hasLock }) => hasLock);
  return index === -1 ? 'free' : `held by ${nameOf(index)}`;
}

/** What the fence says. */
export function fenceText(world: World, { hasFence }: Variant): string {
  if (!hasFence) return 'there is none';
  if (world.head === 0) return 'nobody is signed in';
  const { row, isOpen } = sessionAt(world, world.head);
  const session = world.born > 1 ? ` of session ${world.head}` : '';
  return `generation ${row}${session} is the newest${isOpen ? `; ${row} is being sent` : ''}`;
}

/** What the server knows. */
export function serverText(world: World): string {
  const { newest, isRevoked } = sessionAt(world, world.born);
  return isRevoked ? 'the session is revoked' : `gave generation ${newest}, and takes no older one`;
}
