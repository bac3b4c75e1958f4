import type { Answer } from '../backends/backend.ts';
import { dateOf, decodeClaims } from '../token/claims.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import { commit } from './commit.ts';
import type { Core } from './core.ts';
import { readFacts } from './facts.ts';
import type { Epoch, Held } from './held.ts';
import { newRecord } from './new-record.ts';
import { underLock } from './store-under-lock.ts';

/**
 * Sliding sessions: a server hands out newer tokens along with its answers. Answers come in any order, out of caches, and
 * from whoever is allowed to see a token, so that the rules of SES-6 decide what is taken up.
 */
export function createRenew(core: Core): ((epoch: Epoch, held: Held, answer: Answer) => void) | undefined {
  const { backend } = core;
  if (!backend.renewed) return undefined;
  async function renew(epoch: Epoch, held: Held, answer: Answer): Promise<void> {
    // Called at once: the caller of the request may use its body up.
    const input = await backend.renewed?.(answer);
    core.barren = input ? '' : (core.barren ?? answer.url);
    if (!input || !nextOf(core, held, input)) return;
    const settle = await underLock(core, held.record, async () => {
      // Asked again: of many answers at once one may have brought it, or another tab.
      const next = nextOf(core, held, input);
      const record = core.held?.record;
      // What became of a refresh that is not known to be over is for the next refresh to find out (ROT-3).
      const isOpen = !next || !record || !!(await readFacts(core, record)).row?.attempt;
      return isOpen ? undefined : await commit(core, epoch, record, next);
    });
    settle?.();
  }
  return (epoch, held, answer) => {
    // What a server sends along is an offer; where it is no good, the session goes on as it is.
    renew(epoch, held, answer).catch(() => {});
  };
}

/** The record that the tokens make, if it may take the place of the one in use. */
function nextOf(core: Core, held: Held, input: TokenInput): SessionRecord | undefined {
  const record = core.held?.record;
  if (record?.sessionId !== held.record.sessionId) return undefined;
  const next = newRecord(input, { backend: core.backend, now: core.clock.now() }, record);
  const isOurs = next.subject === record.subject && isNewer(next, record, held.record);
  return isOurs ? next : undefined;
}

/** Whether a token was issued later and dies later. One that says neither is newer than the one that it answers (SES-6). */
function isNewer(next: SessionRecord, record: SessionRecord, asked: SessionRecord): boolean {
  const [mine, given] = [record, next].map(({ tokens }) => decodeClaims(tokens.accessToken));
  const [dies, mayDie] = [dateOf(given, 'exp'), dateOf(mine, 'exp')];
  if (dies && mayDie) return dies > mayDie && dateOf(given, 'iat') >= dateOf(mine, 'iat');
  return record === asked && next.tokens.accessToken !== record.tokens.accessToken;
}
