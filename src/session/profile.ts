import { isAuthError } from '../errors.ts';
import { attempt, within } from '../platform/awaitable.ts';
import { own } from '../token/own.ts';
import { safeCause } from '../token/redact.ts';
import type { SessionRecord } from '../token/session-record.ts';
import { type TokenSet, userClaims } from '../token/token-set.ts';
import { type Core, setState } from './core.ts';
import type { Held } from './held.ts';
import { pause } from './pause.ts';
import { secretsOf } from './secrets.ts';

/** A profile that is being loaded. */
interface Loading {
  readonly sessionId: string;
  readonly controller: AbortController;
  readonly outcome: Promise<unknown>;
}

/** Between two tries, in milliseconds; doubled from one to the next. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 300_000];

/**
 * Keeps the user's profile, where the app loads one: loaded once for a session, again when it may have changed, and thrown
 * away with the session, so that nobody is ever shown with somebody else's.
 */
export function watchProfile(core: Core): void {
  const { events, loadUser, undo } = core;
  if (!loadUser) return;
  let loading: Loading | undefined;

  function stop(): void {
    loading?.controller.abort();
    loading = undefined;
  }

  function load(held: Held): Promise<unknown> {
    stop();
    const { sessionId } = held.record;
    const controller = new AbortController();
    const mine: Loading = { sessionId, controller, outcome: repeat() };
    loading = mine;
    mine.outcome.catch(() => {});
    return mine.outcome;

    async function repeat(): Promise<unknown> {
      for (let wait = FIRST_PAUSE; ; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
        try {
          const user = await once();
          if (isWanted()) show(user);
          return user;
        } catch (error) {
          if (!isWanted() || isFinal(error)) throw error;
          const { message } = safeCause(error, secretsOf(core.held?.record));
          core.diagnose('user-not-loaded', `loadUser failed, and is called again: ${message}`);
          await pause(core, wait * (0.5 + core.random() / 2), (end) => events.on('news', end));
          if (!isWanted()) throw error;
        }
      }
    }
    function once(): Promise<unknown> {
      const claims = claimsOf(core.held?.record.tokens);
      return attempt(() => loadUser?.({ claims, signal: controller.signal }));
    }
    function isWanted(): boolean {
      return !controller.signal.aborted && core.held?.record.sessionId === sessionId;
    }
    function show(user: unknown): void {
      core.profile = { of: held.record, user };
      if (core.state.status === 'signed-in') setState(core, { ...core.state, user });
    }
  }

  core.reloadUser = () => (core.held ? load(core.held) : Promise.resolve());
  core.loadedUser = () => within(core.clock, core.patience, () => loading?.outcome, Error).catch(() => {});
  events.on('news', (news) => {
    const { held } = core;
    if (!held) {
      stop();
      core.profile = undefined;
    } else if (news === 'state' && loading?.sessionId !== held.record.sessionId) void load(held);
  });
  undo.add(stop);
}

/** The profile that the app loaded for this very user, or what the ID token says, or else the access token. */
export function userOf({ loadUser, profile }: Core, { sessionId, subject, tokens }: SessionRecord): unknown {
  if (!loadUser) return claimsOf(tokens);
  const isSame = profile?.of.sessionId === sessionId || (subject !== undefined && profile?.of.subject === subject);
  return isSame ? profile?.user : undefined;
}

function claimsOf(tokens: TokenSet | undefined): object {
  return (tokens && userClaims(tokens)) ?? Object.freeze({});
}

/** An answer that another try will not change: the app's code or the user's rights would have to. */
function isFinal(error: unknown): boolean {
  const status = own(own(error, 'response'), 'status') ?? own(error, 'status');
  const isRefusal = typeof status === 'number' && status >= 400 && status < 500;
  return (isRefusal && ![401, 408, 425, 429].includes(status)) || (isAuthError(error) && error.code === 'signed-out');
}
