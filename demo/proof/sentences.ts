import type { Played } from '../../test/model/protocol/replay.ts';
import { generationOf, sessionAt, sessionOf, type Tab, type World } from '../../test/model/protocol/world.ts';
import type { Variant } from './variants.ts';
import { nameOf, recordText } from './words.ts';

/** One step in plain words. */
export function sentenceOf(played: Played, variant: Variant): string {
  const { move, index, before, after } = played;
  const was = before.tabs[index];
  const is = after.tabs[index];
  const sentence = sentences[move.name];
  if (!was || !is || !sentence) throw new Error(`No words for: ${move.name}`);
  return sentence({ tab: nameOf(index), index, before, after, was, is, variant });
}

/** How it all begins. */
export const beginning =
  'Two tabs of one app, open side by side, signed in and at rest. Both have generation 1 of the tokens, and so has the store.';

interface Scene {
  readonly tab: string;
  readonly index: number;
  readonly before: World;
  readonly after: World;
  /** The tab before and after. */
  readonly was: Tab;
  readonly is: Tab;
  readonly variant: Variant;
}

/** By the name of the move: each that can be made in one of the variants. */
export const sentences: Readonly<Record<string, (scene: Scene) => string>> = {
  wish: ({ tab, is, after }) =>
    `A request of ${tab} finds that the access token has expired. ${tab} wants to refresh with what it has: ${recordText(is.token, after)}.`,
  enter: ({ tab, variant }) =>
    isAlone(variant)
      ? `${tab} begins to refresh. It sees to it that it does so once; no other tab hears of it.`
      : `${tab} gets the lock: nobody else has it.`,
  'give up the turn': ({ tab }) =>
    `${tab} has waited too long for the lock, and goes without a refresh. It steals nothing.`,
  steal: ({ tab, index }) =>
    `${tab} has waited for the lock long enough, and takes it away. ${nameOf(1 - index)}, still under way, is not told.`,
  readFacts,
  openAttempt({ tab, is, after, variant }) {
    if (is.at === 'idle') return `${tab} sees that the session has changed meanwhile, and sends nothing.`;
    const what = recordText(is.token, after);
    return variant.hasFence
      ? `${tab} notes in the fence that ${what} is being sent, so that the next one knows, should this page die.`
      : `${tab} puts the refresh token of ${what} into a request.`;
  },
  send({ tab, is, before }) {
    if (is.at === 'idle') return `${tab} is signed out by now, and sends nothing.`;
    const { known } = sessionAt(before, sessionOf(is.wire));
    const isOld = generationOf(is.wire) < known ? ' It is spent: its successor is out already.' : '';
    return `${tab} sends the refresh token of ${recordText(is.wire, before)}.${isOld}`;
  },
  'server answers': answer,
  commit({ tab, is, was, before, after, variant }) {
    const what = recordText(was.token + 1, after);
    if (is.at === 'idle') return `${tab} has its answer too late: nothing is saved, and the new tokens are revoked.`;
    if (sessionAt(before, sessionOf(was.token)).isOver)
      return `${tab} has its answer, and saves ${what}, after the sign-out.`;
    return variant.hasFence
      ? `In one transaction ${tab} looks whether the session is still the same, saves ${what}, and notes in the fence that it is the newest.`
      : `${tab} has its answer, and saves ${what} in the store.`;
  },
  leave({ tab, was, after, variant }) {
    const goesOn = was.held === 0 ? '' : ` Its requests go on with ${recordText(was.held, after)}.`;
    return isAlone(variant) ? `${tab} is done.${goesOn}` : `${tab} lets go of the lock.${goesOn}`;
  },
  reject: ({ tab, was, is }) =>
    was.held !== 0 && is.held === 0
      ? `${tab} is told no, and takes the session for ended: it empties the store and shows the sign-in page.`
      : `${tab} is told no, sees that somebody was faster, and lets the session be.`,
  giveUp: ({ tab }) => `${tab} was told to come later. The token is not spent.`,
  timeOut: ({ tab }) => `${tab} has no answer. Nobody knows whether the token is spent.`,
  'server answers a page that is gone': () => 'The server answers a page that is gone.',
  'request of a page that is gone never comes': () => 'The request of a page that is gone never comes to the server.',
  'store catches up': ({ tab, is, after }) =>
    is.view === 0
      ? `The store shows ${tab}, too, that it is empty.`
      : `The store now shows ${tab}, too, what was written: ${recordText(is.view, after)}.`,
  resume: ({ tab }) => `${tab} wakes up.`,
  'ask to sign in': ({ tab }) => `In ${tab} somebody signs in.`,
  signIn: ({ tab, is, after }) =>
    is.held === 0
      ? `${tab}’s sign-in was overtaken, and is dropped.`
      : `${tab} is signed in: ${recordText(is.held, after)} is saved.`,
  signOut: ({ tab }) => `The user signs out, in ${tab}. The store is emptied, and the server revokes the session.`,
  restore: ({ tab, is, after }) =>
    is.held === 0
      ? `${tab} loads, and finds nobody signed in.`
      : `${tab} loads, and goes on with ${recordText(is.held, after)}.`,
  'reconcile: drop': ({ tab }) => `${tab} looks, sees that its session is over, and shows the sign-in page.`,
  'reconcile: adopt': ({ tab, is, after }) => `${tab} looks, and takes ${recordText(is.held, after)} from the store.`,
  'reconcile: commit what was saved': ({ tab, is, after }) =>
    `${tab} sees that a page died after it had saved ${recordText(is.held, after)}, and notes it in the fence.`,
  handOver: ({ tab, is, after }) => `${tab} asks the other tab, and gets ${recordText(is.held, after)}.`,
  'reconcile: mend': ({ tab, is, after }) => `${tab} puts ${recordText(is.held, after)} back into the store.`,
  'reconcile: storage cleared': ({ tab }) => `${tab} sees that somebody emptied the store: the session ends.`,
};

function readFacts({ tab, was, is, after, variant }: Scene): string {
  const own = recordText(was.token, after);
  if (is.at === 'idle')
    return `${tab} sees that this session is over, or that there is something newer, and sends nothing.`;
  if (is.at === 'leaving') {
    return `${tab} reads what is the newest: ${recordText(is.held, after)}. It takes that from the store. Its own ${own} is never sent, and no request is needed.`;
  }
  if (variant.asks === 'nothing') return `${tab} looks at nothing: it goes by what it remembers, ${own}.`;
  if (variant.asks === 'fence')
    return `${tab} reads the fence, under the lock: ${own} is the newest, so it may be sent.`;
  const isStale = was.view !== after.store;
  return isStale
    ? `${tab} reads the store again, and is shown ${recordText(was.view, after)}: an old value, though ${recordText(after.store, after)} was written. It believes it.`
    : `${tab} reads the store again: ${recordText(was.view, after)}.`;
}

function answer({ tab, was, is, before, after }: Scene): string {
  const sent = recordText(was.wire, after);
  if (is.request === 'granted')
    return `The server takes ${sent} from ${tab}, and gives ${recordText(is.wire, after)}. From now on ${sent} is spent.`;
  const session = sessionOf(was.wire);
  return sessionAt(before, session).isRevoked
    ? `The server says no to ${tab}: the session is revoked.`
    : `The server gets ${sent} a second time, from ${tab}. It takes that for a theft, says no, and revokes the whole session, with the tokens that it gave.`;
}

function isAlone({ setting }: Variant): boolean {
  return setting.rules.mutex === 'of the tab';
}
