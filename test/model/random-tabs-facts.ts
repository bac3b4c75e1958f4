import type { Attempt, Head, Row } from '../../src/session/facts.ts';
import type { TabsWorld } from '../support/tabs.ts';
import type { Page } from '../support/tabs-schedule.ts';
import type { Sent } from '../support/tabs-server.ts';
import type { Configuration } from './random-tabs.ts';
import type { Watch } from './random-tabs-watch.ts';

/** Checks what tabs send to the token endpoint, and what they write into the fence and the store. */
export function watchFacts(
  world: TabsWorld,
  { isWeak, lag, lock, reuse, store }: Configuration,
  watch: Watch,
  check: (isRight: boolean, what: string) => void,
): void {
  const { clock, fence, locks, server, stores } = world;
  const headOf = (): Head | undefined => fence.rows.get('head:default') as Head | undefined;
  const rowOf = (id: string): Row | undefined => fence.rows.get(`row:${id}`) as Row | undefined;

  server.onSend(({ page, record }) => {
    const { sessionId, generation } = record;
    const others = server.sent.filter(
      (one) =>
        one.isOpen &&
        one.page.state !== 'gone' &&
        one.record.sessionId === sessionId &&
        clock.monotonic() - one.at < 30_000,
    );
    check(others.length === 0, `I1: ${page.name} sends a refresh while ${others[0]?.page.name} waits for one`);
    if (isWeak) return;
    const row = rowOf(sessionId);
    check((row?.generation ?? 0) <= generation, `I2: ${page.name} sends ${generation}, known is ${row?.generation}`);
    const isWritten = !row || row.attempt !== undefined || watch.isFenceCleared;
    check(isWritten, `ROT-4: ${page.name} sends without an attempt`);
    if (lock === 'web') check(locks.isInside(page, 'latchkey.1:'), `I2: ${page.name} sends outside the lock`);
  });

  /** Whether the server may have spent a token without anybody having its successor. */
  const isLost = ({ page, fault, outcome }: Sent): boolean =>
    outcome === 'rotated' &&
    (page.state === 'gone' ||
      fault === 'lose-response' ||
      fault === 'hang' ||
      (lock === 'lease' && watch.isFrozenOnce.has(page)));
  server.onReject((rejected) => {
    const { outcome, page, record } = rejected;
    if (isWeak || watch.isFenceCleared) return;
    const { refreshToken } = record.tokens;
    if (outcome === 'reused') {
      const same = (one: Sent): boolean => one.record.tokens.refreshToken === refreshToken;
      const cause = server.sent.some((one) => one !== rejected && same(one) && isLost(one));
      check(cause && reuse !== 'grace', `I4: ${page.name} sends generation ${record.generation} that is spent`);
    } else if (store !== 'tab' && !watch.hasSignedOut() && server.isRevoked(refreshToken)) {
      check(headOf()?.sessionId !== record.sessionId, `I4: a token was revoked of the session that ${page.name} has`);
    }
  });

  /** Written to the store in the transaction that is open. */
  let written: { readonly page: Page; readonly sessionId: string } | undefined;
  stores.onWrite((page, record) => {
    if (isWeak || store === 'slow') return;
    check(!record || fence.inside() === page, `I3: ${page.name} stores outside of a transaction`);
    if (record) written = { page, sessionId: record.sessionId };
  });
  fence.onUndone(() => {
    written = undefined;
  });

  const newest = new Map<string, number>();
  const attempts = new Set<Attempt>();
  let wasSignedIn = false;
  fence.onCommit((page) => {
    if (!page) {
      watch.isFenceCleared = true;
      newest.clear();
      return;
    }
    const head = headOf();
    if (written?.page === page && head)
      check(head.sessionId === written.sessionId, `I3: ${page.name} stores a session that the head does not name`);
    written = undefined;
    // Where a page may see something old, a browser may remove nothing.
    if (wasSignedIn && head?.reason === 'user' && store === 'origin' && lag === 0)
      check(!stores.current(), `I3: ${page.name} signs out, and something is stored`);
    wasSignedIn = head?.sessionId !== undefined;
    for (const [key, fact] of fence.rows) {
      if (key.startsWith('lease:')) continue;
      const count = key.startsWith('head:') ? (fact as Head).epoch : (fact as Row).generation;
      check((newest.get(key) ?? 0) <= count, `I10: ${page.name} sets ${key} back to ${count}`);
      newest.set(key, count);
      const { attempt, ended, epoch, generation } = fact as Row;
      if (!attempt || attempts.has(attempt)) continue;
      attempts.add(attempt);
      check(attempt.generation === generation, `I2: ${page.name} opens an attempt of ${attempt.generation}`);
      const isNamed = store === 'tab' ? !ended && epoch === (head?.epoch ?? 0) : key === `row:${head?.sessionId}`;
      check(isNamed, `I3: ${page.name} opens an attempt of a session that is over`);
    }
  });
}
