import type { FakeCredentials } from 'latchkey/testing';
import { decodeClaims } from '../../src/token/claims.ts';
import type { SimTab, TabsWorld } from '../support/tabs.ts';
import type { Page } from '../support/tabs-schedule.ts';
import type { Sent } from '../support/tabs-server.ts';
import type { Configuration } from './random-tabs.ts';
import { watchFacts } from './random-tabs-facts.ts';

/** Sees all that happens in a world, and notes what must not. */
export interface Watch {
  /** What was broken, invariant by invariant; empty is what one hopes for. */
  readonly broken: string[];
  readonly isFrozenOnce: Set<Page>;
  /** Whether anybody has signed out by their own wish. */
  hasSignedOut(): boolean;
  /** Whether anybody has signed in besides the first time. */
  hasSignedInAgain(): boolean;
  isCleared: boolean;
  /** Whether a message between tabs was lost, with which a record may have been. */
  hasLostMessage: boolean;
  isFenceCleared: boolean;
  see(tab: SimTab): void;
  request(tab: SimTab): Promise<number | undefined>;
  signIn(tab: SimTab, credentials: FakeCredentials): void;
  signOut(tab: SimTab): void;
  kill(tab: SimTab): void;
  /** Sees to it that something which the app waits for settles. */
  follow(tab: SimTab, work: Promise<unknown>): void;
  /** What somebody still waits for, in tabs that can have an answer. */
  waiting(): string[];
}

/** How long a request may take as a whole: two waits of 10 seconds, and the way to the server and back twice. */
const REQUEST_LIMIT = 2 * (10_000 + 6000);

export function createWatch(world: TabsWorld, configuration: Configuration): Watch {
  const { isWeak, store } = configuration;
  const { clock, server } = world;
  const broken: string[] = [];
  const isFrozenOnce = new Set<Page>();
  const pending = new Map<object, string>();
  const signOuts = new Map<SimTab, number>();
  const users = new Set<string>();
  let requests = 0;
  let signIns = 0;

  const check = (isRight: boolean, what: string): void => {
    if (!isRight) broken.push(`${what} (after ${clock.log.length} steps, at ${clock.monotonic()})`);
  };
  const subOf = (tab: SimTab): unknown => {
    const state = tab.session.getState();
    return state.status === 'signed-in' ? state.user.sub : undefined;
  };

  const isRejected = ({ outcome }: Sent): boolean => outcome === 'rejected' || outcome === 'reused';

  /** Why a session may end, besides by the user's own wish (I5). */
  function mayEnd(tab: SimTab, reason: string, user: unknown): boolean {
    const isLossy = world.tabs.some(({ page }) => page.state === 'gone' || isFrozenOnce.has(page));
    switch (reason) {
      case 'user':
        return tab.events.filter((event) => event === 'signed-out:user').length <= (signOuts.get(tab) ?? 0);
      case 'other-tab':
        // Nor can anybody tell why a session is over whose facts were cleared while somebody signed in.
        return signOuts.size > 0 || (watch.isFenceCleared && signIns > 1);
      case 'user-switched':
        return users.size > 1;
      case 'refresh-rejected':
      case 'expired':
        // Whoever missed a session that somebody has begun since, or has shown none yet, is told how that one ended.
        return server.sent.some(
          (one) =>
            isRejected(one) &&
            (watch.isFenceCleared || users.size > 1 || user === undefined || one.record.subject === user),
        );
      case 'storage-cleared':
        return (
          watch.isCleared ||
          watch.isFenceCleared ||
          // Without a fence the emptied store is all that a tab sees of what another one was told.
          (isWeak && (signIns > 1 || signOuts.size > 0 || server.sent.some(isRejected))) ||
          // The page that emptied the store, at a sign-out or after the server's no, is gone before it could say why.
          ((signOuts.size > 0 || server.sent.some(isRejected)) && isLossy) ||
          // A page that goes in the middle of a sign-in may leave a record that the fence never comes to name.
          (signIns > 1 && isLossy) ||
          // In localStorage a page saves and says so in one; elsewhere its word can be all that is left of a token.
          (store !== 'origin' && isLossy) ||
          // What is in the memory of tabs alone comes by message.
          (store === 'handed' && watch.hasLostMessage) ||
          // So it is for a duplicate, where the other tab has signed in anew, or is signing out as it looks for what that has.
          (store === 'tab' && (signIns > 1 || signOuts.size > 0))
        );
      default:
        return false;
    }
  }

  function see(tab: SimTab): void {
    const { page, session } = tab;
    let user: unknown;
    let before = '';
    session.subscribe(() => {
      const state = session.getState();
      if (state.status === 'signed-in') user = state.user.sub;
      if (state.status !== 'signed-out' || state.reason === undefined || state.reason === 'user') return;
      check(mayEnd(tab, state.reason, user), `I5: ${page.name} is signed out for ${state.reason}`);
    });
    session.on('signed-out', ({ reason }) => {
      check(before !== 'out', `I3: ${page.name} says twice that it is signed out`);
      if (reason === 'user') check(mayEnd(tab, reason, user), `I5: ${page.name} is signed out by nobody`);
      before = 'out';
    });
    session.on('signed-in', () => {
      before = 'in';
    });
    follow(tab, session.ready);
  }

  function follow(tab: SimTab, work: Promise<unknown>, what = 'work'): void {
    const key = {};
    const done = (): void => void pending.delete(key);
    pending.set(key, `${tab.page.name} ${what}`);
    work.then(done, done);
  }

  function request(tab: SimTab): Promise<number | undefined> {
    requests += 1;
    const id = requests;
    const maker = subOf(tab);
    const from = clock.monotonic();
    const stop = listenFor(tab, id, maker);
    const work = tab.api.get(`/${id}`).then(
      ({ status }) => status,
      (error) => error.response?.status as number | undefined,
    );
    follow(tab, work, `request ${id}`);
    return work.then((status) => {
      stop();
      const time = clock.monotonic() - from;
      check(isFrozenOnce.has(tab.page) || time <= REQUEST_LIMIT, `I6: request ${id} took ${time} ms`);
      return status;
    });
  }

  /** Looks at what the resource server sees of a request. */
  function listenFor(tab: SimTab, id: number, maker: unknown): () => void {
    let sends = 0;
    return world.onRequest((seen) => {
      if (!seen.url.endsWith(`/${id}`)) return;
      sends += 1;
      check(sends <= 2, `I14: request ${id} is sent ${sends} times`);
      if (seen.authorization === undefined) return;
      const sub = decodeClaims(seen.authorization.slice('Bearer '.length))?.sub;
      check(maker === undefined || sub === maker, `I7: request ${id} of ${maker} carries a token of ${sub}`);
      check(subOf(tab) === sub, `I3: ${tab.page.name} shows ${subOf(tab)} and sends a token of ${sub}`);
    });
  }

  const watch: Watch = {
    broken,
    isFrozenOnce,
    hasSignedOut: () => signOuts.size > 0,
    hasSignedInAgain: () => signIns > 1,
    isCleared: false,
    hasLostMessage: false,
    isFenceCleared: false,
    see,
    request,
    signIn(tab, credentials) {
      users.add(credentials.username);
      signIns += 1;
      follow(tab, tab.session.signIn(credentials), 'sign-in');
    },
    signOut(tab) {
      signOuts.set(tab, (signOuts.get(tab) ?? 0) + 1);
      follow(tab, tab.session.signOut(), 'sign-out');
    },
    kill: ({ crash }) => crash(),
    follow,
    waiting: () => {
      const gone = world.tabs.filter(({ page }) => page.state === 'gone').map(({ page }) => `${page.name} `);
      return [...pending.values()].filter((text) => !gone.some((name) => text.startsWith(name)));
    },
  };
  watchFacts(world, configuration, watch, check);
  return watch;
}
