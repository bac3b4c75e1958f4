import { AuthUnavailableError, isAuthError, type SignOutReason } from '../errors.ts';
import { type LegacyOptions, type LegacyTokens, legacySource } from '../stores/legacy-tokens.ts';
import { dateOf, decodeClaims, type JwtClaims, lifetimeOf, subjectOf } from '../token/claims.ts';
import { isRest, type SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import type { DiagnosticCode } from './emitter.ts';
import { type Head, readFacts } from './facts.ts';
import type { Migration, TakeOver } from './migration.ts';
import { newRecord } from './new-record.ts';
import { pause } from './pause.ts';
import { currentRecord } from './restore.ts';
import { revoke } from './revoke.ts';
import { secretsOf } from './secrets.ts';
import { writeSignIn } from './sign-in.ts';
import { underLock } from './store-under-lock.ts';
import { announce } from './tabs.ts';
import { note } from './trace.ts';

/** For how long a page may see of another one's doings one half, and not the other, in milliseconds. */
const LAG = 5000;
/** How long an old copy of the app may take to write what it has got, in milliseconds. */
const MOMENT = 300;
/** A rest of a life is counted as the end of one of this length, in milliseconds: the server's tokens are not as short. */
const SHORTEST = 5000;
/** The ends that somebody has wished for: what an old copy of the app has got since ends with them. */
const WISHED: readonly SignOutReason[] = ['user', 'idle', 'max-age', 'user-switched'];

/**
 * Takes over the tokens that an older client has left, so that nobody has to sign in again: once, in one tab for all, and
 * only where the session has neither a user of its own nor ever had one. Then the old keys are removed.
 *
 * @throws {TypeError} When an option is wrong; from `createSession` where cookies are the credential, or the server keeps
 *   the store: only the server can move those.
 * @example
 * createSession({ backend, store: localStorageStore(), migrate: importLegacy({ access: 'jwta', refresh: 'jwtr' }) })
 */
export function importLegacy(options: LegacyOptions): Migration {
  const source = legacySource(options);

  function begin(core: Core): TakeOver {
    const { backend, diagnose, events, keeper, store } = core;
    if (backend.credential === 'cookie' || store.isReadOnly) {
      throw new TypeError(
        'createSession: migrate needs a backend and a store that keep tokens, not cookies of the server.',
      );
    }
    const told = new Set<DiagnosticCode>();
    const tell = (code: DiagnosticCode, message: string): void => {
      if (!told.has(code)) diagnose(code, `importLegacy: ${message}`);
      told.add(code);
    };
    /** What is there, as the first record of a session that began elsewhere. */
    const read = (): SessionRecord | undefined => {
      try {
        const found = source.read();
        return found && recordOf(core, found);
      } catch (error) {
        tell('record-ignored', `it is left where it is: ${(error as Error).message}`);
        return undefined;
      }
    };
    const remove = (): void => {
      // What is no token is not ours to remove.
      const advice = read() && source.remove();
      if (advice) tell('store-failed', `the old tokens cannot be removed: ${advice}.`);
    };
    /** An old token must not be found beside the one that took its place (I3), but what is newer is all there is (I2). */
    const tidy = (record: SessionRecord): void => {
      if (newestOf(record) === record) remove();
    };
    /** Nor must it outlive the session: what nobody else makes worthless is made so here (OUT-4). */
    const discard = (): void => {
      const record = read();
      if (record && `${secretsOf(record)}` !== `${secretsOf(last)}`) void revoke(core, record);
      remove();
    };
    let last: SessionRecord | undefined;
    // On a server there is nothing to take over. In a page the look comes before any other: a store that lags shows the
    // record of another tab before it stops to show what that tab has taken over.
    const wasThere = 'document' in globalThis && read() !== undefined;
    events.on('state', () => {
      last = core.held?.record ?? last;
    });
    events.on('clear', (reason) => (WISHED.includes(reason) ? discard() : remove()));
    events.on('signed-in', remove);
    events.on('refreshed', () => core.held && tidy(core.held.record));

    return {
      async restore(found) {
        if (found) tidy(found);
        if (found || !(wasThere || (await hasJustBegun(core)))) return found;
        // Where each tab has a session of its own, this is the lock of all of them: one token makes one session.
        const taken = core.lock.request(`latchkey.1:${core.name}`, core.patience, core.closed.signal, () =>
          core.scope === 'tab' ? underLock(core, undefined, take) : take(),
        );
        return await taken.catch(() => {
          // Another tab may have the turn, and tell when it is done.
          tell('tabs-uncoordinated', 'this page could not take the old tokens over, so the next one tries.');
          return undefined;
        });
      },

      async refresh(record, ask) {
        let newest = newestOf(record);
        // One half of what was written: the other is on its way. Or the server does not rotate.
        if (newest !== record && isRest(record) && isSpentAlike(newest, record)) {
          await pause(core, MOMENT);
          newest = newestOf(record);
        }
        try {
          return await ask(newest);
        } catch (error) {
          if (!isAuthError(error) || error.code !== 'refresh-rejected') throw error;
          // It may have been faster once more, and be about to write what it has got.
          if (isRest(record)) await pause(core, MOMENT);
          if (isSpentAlike(newestOf(newest), newest)) throw error;
          // That is sent the next time.
          throw new AuthUnavailableError('An older copy of the app was faster.', { status: 401 });
        }
      },
    };

    /** Called under the lock. */
    async function take(): Promise<SessionRecord | undefined> {
      const { epoch } = core;
      // Another tab was faster; its store may lag.
      const own = await currentRecord(core, true);
      const { head } = await readFacts(core, undefined);
      if (own) {
        tidy(own);
        return own;
      }
      const left = read();
      const record = left && head ? await goOn(core, left, head) : left;
      if (!record) {
        // A session of ours that has ended is not brought back by what an old copy of the app has written since (I3).
        if (head?.sessionId) remove();
        else if (head) discard();
        return undefined;
      }
      // First in a slow store: a page that dies between the two leaves what the next one can begin with.
      if (!keeper.now) await keeper.save(record);
      const isWritten = await writeSignIn(core, record, epoch, undefined, (facts) => facts.head?.epoch === head?.epoch);
      if (!isWritten) {
        if (!keeper.now) await keeper.clear();
        return undefined;
      }
      note(core, 'imported');
      announce(core);
      // Durable, or still to be found by the next page.
      if (keeper.isKept(record)) remove();
      return record;
    }

    /** The record with the tokens of an older copy of the app, if it has renewed them since (I2). */
    function newestOf(record: SessionRecord): SessionRecord {
      const left = source.isOurs && read();
      if (!left) return record;
      const { accessToken, refreshToken } = left.tokens;
      const [mine, theirs] = [record.tokens.accessToken, accessToken].map(decodeClaims);
      const isSameUser = record.subject !== undefined && subjectOf(theirs) === record.subject;
      const isLater = dateOf(theirs, 'exp') - dateOf(mine, 'exp');
      // Of the same second is what differs from what was taken over: it was there first.
      const isNews = isLater > 0 || (isLater === 0 && isRest(record) && !isSpentAlike(left, record));
      return refreshToken && isSameUser && isNews
        ? { ...record, tokens: { ...record.tokens, accessToken, refreshToken } }
        : record;
    }
  }
  return { from: JSON.stringify(options), begin };
}

/** Whether two records have the same refresh token, of which a server takes one only once. */
function isSpentAlike(one: SessionRecord, other: SessionRecord): boolean {
  return one.tokens.refreshToken === other.tokens.refreshToken;
}

/**
 * The same session once more, where it was begun with these very tokens, and no store has taken them nor any tab that lives:
 * then they are all there is of it. One that was refreshed since, or has ended, is not.
 */
async function goOn(core: Core, left: SessionRecord, { sessionId, subject }: Head): Promise<SessionRecord | undefined> {
  if (!sessionId || subject === undefined || subject !== left.subject) return undefined;
  const { row } = await readFacts(core, { sessionId });
  return row?.generation === 1 ? { ...left, sessionId, signedInAt: row.signedInAt } : undefined;
}

/**
 * Whether somebody has been signed in a moment ago: cookies and stores lag by themselves, so that a page may see that the
 * old tokens are gone before it sees what took their place.
 */
async function hasJustBegun(core: Core): Promise<boolean> {
  const { head } = await readFacts(core, undefined);
  if (!head?.sessionId) return false;
  const { row } = await readFacts(core, { sessionId: head.sessionId });
  return Math.abs(core.clock.now() - (row?.signedInAt ?? 0)) < LAG;
}

/** @throws {TokenResponseError} When it is no use. */
function recordOf({ backend, clock }: Core, { tokens, remember }: LegacyTokens): SessionRecord {
  const claims = decodeClaims(tokens.accessToken);
  const left = tokens.lifetime ?? restOf(claims, clock.now());
  const lifetime = left === undefined ? undefined : Math.max(left, SHORTEST);
  // Of what is nearly over, the beginning lies in the past.
  const now = clock.now() - ((lifetime ?? 0) - (left ?? 0));
  const renewal = decodeClaims(tokens.refreshToken);
  const refreshLifetime = tokens.refreshLifetime ?? restOf(renewal, now, 1);
  const subject = tokens.subject ?? subjectOf(claims) ?? subjectOf(renewal);
  return newRecord({ ...tokens, lifetime, refreshLifetime, subject }, { backend, now, remember, isRest: true });
}

/**
 * What is left of a token that came nobody knows when, at least `least`: by the device's clock, and no longer than its whole
 * life. Undefined when it does not say when it dies, or says nonsense (JWT-4).
 */
function restOf(claims: JwtClaims | undefined, now: number, least = 0): number | undefined {
  const dies = dateOf(claims, 'exp') * 1000;
  return dies ? Math.max(Math.min(dies - now, lifetimeOf(claims, now) ?? dies), least) : undefined;
}
