// @vitest-environment node
import { type Backend, memoryStore, type SessionRecord } from 'latchkey';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { AuthUnavailableError } from '../../src/errors.ts';
import { changed, closeAttempt, letSettle, openAttempt, settleAttempt } from '../../src/session/attempt.ts';
import { afterFailure, afterRefusal, afterSuccess, type Breaker } from '../../src/session/breaker.ts';
import { callBackend } from '../../src/session/call-backend.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { changeFacts, type Head, type Row, readFacts } from '../../src/session/facts.ts';
import { newRecord } from '../../src/session/new-record.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { revoke } from '../../src/session/revoke.ts';
import { createLonePage } from '../support/lone-page.ts';

const NOW = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;
const SPAN = 10 * MINUTE;

const RECORD: SessionRecord = {
  ...newRecord({ accessToken: 'a', refreshToken: 'r', subject: 'alice' }, { backend: {}, now: NOW }),
  sessionId: 's',
};
const NEXT: SessionRecord = { ...RECORD, generation: 2 };
const HEAD: Head = { epoch: 1, sessionId: 's', subject: 'alice' };
const ROW: Row = { generation: 1, epoch: 0 };
const BREAKER: Breaker = { failures: 2, retryAt: NOW, isFirm: true, failedAt: [NOW - 2, NOW - 1] };

interface Page {
  readonly core: Core;
  readonly clock: FakeClock;
  /** What the fence says from now on. */
  tell(head: Head | undefined, row: Row | undefined): Promise<void>;
  row(): Promise<Row | undefined>;
}

/** A page of a session in a store of all tabs, which the fence names. */
async function pageWith(row: Row | undefined = ROW, backend: Backend = {}): Promise<Page> {
  const clock = createFakeClock(NOW);
  const store = { ...memoryStore(), scope: 'origin' as const };
  const core = createCore(normalizeOptions({ backend, store, clock } as never), createLonePage(clock));
  const tell: Page['tell'] = (head, told) =>
    changeFacts(core, RECORD, (facts) => {
      facts.head = head;
      facts.row = told;
    });
  await tell(HEAD, row);
  return { core, clock, tell, row: async () => (await readFacts(core, RECORD)).row };
}

describe('a refresh token that is about to be sent', () => {
  it.each([
    ['was not sent before', undefined, false],
    ['was sent by another tab, be it at the same moment', { tab: 'another', sentAt: NOW }, true],
    ['was sent by another tab earlier', { tab: 'another', sentAt: NOW - 1 }, true],
    ['was sent by this tab earlier', { tab: undefined, sentAt: NOW - 1 }, true],
    ['is what this transaction itself has written, and is run once more', { tab: undefined, sentAt: NOW }, false],
  ])('is known to those who ask: it %s (ROT-12)', async (_, left, wasSent) => {
    const { core, tell, row } = await pageWith();
    const attempt = left && { generation: 1, sentAt: left.sentAt, tab: left.tab ?? core.tab };
    await tell(HEAD, { ...ROW, attempt });
    expect(await openAttempt(core, core.epoch, RECORD)).toBe(wasSent);
    expect((await row())?.attempt).toEqual({ generation: 1, sentAt: NOW, tab: core.tab });
  });

  it('stays where it is when the session is not what it was: whoever waits is told to try again', async () => {
    const { core } = await pageWith({ ...ROW, generation: 2 });
    await expect(openAttempt(core, core.epoch, RECORD)).rejects.toBeInstanceOf(AuthUnavailableError);
    expect(changed()).toMatchObject({ code: 'auth-unavailable' });
  });
});

describe('an answer that has come, or will not', () => {
  const failure = { retryAfter: undefined };

  it('leaves alone what another tab has written down of its own attempt (ROT-4)', async () => {
    const row = { ...ROW, attempt: { generation: 1, sentAt: NOW, tab: 'another' }, breaker: BREAKER };
    const page = await pageWith(row);
    expect(await closeAttempt(page.core, RECORD, true, failure)).toEqual(BREAKER);
    expect(await page.row()).toEqual(row);
  });

  it('leaves alone a newer generation, which somebody has committed meanwhile', async () => {
    const page = await pageWith();
    const row = { ...ROW, generation: 2, attempt: { generation: 2, sentAt: NOW, tab: page.core.tab } };
    await page.tell(HEAD, row);
    expect(await closeAttempt(page.core, RECORD, true, failure)).toBeUndefined();
    expect(await page.row()).toEqual(row);
  });

  it('leaves alone a session whose attempt somebody has closed, and tells what is known of the failures', async () => {
    const page = await pageWith({ ...ROW, breaker: BREAKER });
    expect(await closeAttempt(page.core, RECORD, true, failure)).toEqual(BREAKER);
    expect(await page.row()).toEqual({ ...ROW, breaker: BREAKER });
  });

  it('brings nothing of a session back of which the fence knows no more', async () => {
    const page = await pageWith();
    await page.tell(undefined, undefined);
    expect(await closeAttempt(page.core, RECORD, false, failure)).toBeUndefined();
    expect(await page.row()).toBeUndefined();
  });
});

describe('what a page saved, and died before it could commit it', () => {
  const attempt = { generation: 1, sentAt: NOW, tab: 'another' };
  const row: Row = { ...ROW, attempt };

  it.each<[string, Head | undefined, Row | undefined]>([
    ['a newer generation', HEAD, { generation: 3, epoch: 0, tab: 'third' }],
    ['another session', { epoch: 2, sessionId: 'other', subject: 'bob' }, row],
    ['the session, and nothing of its generations', HEAD, undefined],
  ])('is not written over what the fence names by now: %s (I10)', async (_, head, told) => {
    const page = await pageWith(row);
    await page.core.keeper.save(NEXT);
    await page.tell(head, told);
    expect(await settleAttempt(page.core, RECORD, { head: HEAD, row })).toEqual(NEXT);
    expect(await page.row()).toEqual(told);
  });

  it('is committed in its place, and the attempt is over (I13)', async () => {
    const page = await pageWith(row);
    await page.core.keeper.save(NEXT);
    await settleAttempt(page.core, RECORD, { head: HEAD, row });
    expect(await page.row()).toEqual({ generation: 2, epoch: 0, tab: page.core.tab, attempt: undefined });
  });
});

describe('what another page sent', () => {
  it('is waited for until the moment at which it must have been answered, and not a timer longer (ROT-3)', async () => {
    const { core, clock } = await pageWith();
    let isOver = false;
    void letSettle(core, NOW - core.settleTime + 1, 'another').then(() => {
      isOver = true;
    });
    await clock.advance(0);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });

  it.each([0, 1, 60 * MINUTE])('%d ms after that moment holds nobody up', async (late) => {
    const { core, clock } = await pageWith();
    void letSettle(core, NOW - core.settleTime - late, 'another');
    expect(clock.pending()).toBe(0);
  });
});

describe('failures', () => {
  const failure = { now: NOW, lifetime: undefined, retryAfter: undefined, draw: 1 };

  it('count for ten minutes, and not at the end of them any more (HRD-6)', () => {
    const one = (at: number): Breaker => ({ ...BREAKER, failedAt: [at] });
    expect(afterFailure(one(NOW - SPAN), failure).failedAt).toEqual([NOW]);
    expect(afterFailure(one(NOW - SPAN + 1), failure).failedAt).toEqual([NOW - SPAN + 1, NOW]);
  });

  it('are no blip any more 5 seconds after the first of the row', () => {
    const three = { ...BREAKER, failures: 3, failedAt: [NOW - 5000, NOW - 2, NOW - 1] };
    expect(afterFailure(three, failure).retryAt).toBe(NOW + 8000);
    expect(afterFailure({ ...three, failedAt: [NOW - 4999, NOW - 2, NOW - 1] }, failure).retryAt).toBe(NOW + 4000);
  });

  it('hold the next refresh back for the ten latest of them, where more came than should have (HRD-6, STO-11)', () => {
    const ten = { ...BREAKER, failures: 10, failedAt: Array.from({ length: 10 }, (_, index) => NOW - 100 + index) };
    const breaker = afterFailure(ten, { ...failure, draw: 0 });
    expect(breaker.failedAt).toEqual([...ten.failedAt.slice(1), NOW]);
    expect(breaker.retryAt).toBe(NOW - 99 + SPAN);
  });

  it('are remembered after a success, of which nothing is firm and nobody has to wait (HRD-6)', () => {
    expect(afterSuccess(BREAKER)).toEqual({ failures: 0, retryAt: 0, isFirm: false, failedAt: BREAKER.failedAt });
    expect(afterSuccess(undefined)).toBeUndefined();
  });

  it('and loops of refusals use up the same ten tries (ROT-11, STO-11)', () => {
    const loop = (breaker?: Breaker): Breaker | undefined => afterRefusal({ refusals: 3, breaker }, 0, failure).breaker;
    expect(loop()?.failedAt).toEqual([NOW]);
    expect(loop(BREAKER)?.failedAt).toEqual([NOW - 2, NOW - 1, NOW]);
    const ten = { ...BREAKER, failedAt: Array.from({ length: 10 }, (_, index) => NOW - 100 + index) };
    expect(loop(ten)?.failedAt).toEqual([...ten.failedAt.slice(1), NOW]);
  });
});

describe('a function of the backend', () => {
  it('is told the time by the clock of the session', async () => {
    const times: number[] = [];
    const backend: Backend = {
      async verify(_, { now }) {
        times.push(now());
        return 'accepted';
      },
    };
    const { core, clock } = await pageWith(ROW, backend);
    await clock.advance(MINUTE);
    await callBackend(core, 'verify', [], RECORD);
    expect(times).toEqual([NOW + MINUTE]);
  });

  it('that is missing gives nothing and fails nothing: a server without a log-out is signed out of', async () => {
    const { core } = await pageWith();
    expect(await callBackend(core, 'revoke', [], RECORD)).toBeUndefined();
    expect(await revoke(core, RECORD)).toBe(true);
    expect([...core.told]).toEqual([]);
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      'with an error of its own is a mistake that the app is told of',
      new TypeError('x is undefined'),
      ['refresh-stuck'],
    ],
    ['without a verdict of the server is none', new AuthUnavailableError('busy', { status: 503 }), []],
  ])('verify that fails %s', async (_, error, told) => {
    const backend: Backend = {
      verify: async () => {
        throw error;
      },
    };
    const { core } = await pageWith(ROW, backend);
    await expect(callBackend(core, 'verify', [], RECORD)).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect([...core.told.values()]).toEqual(told);
  });
});
