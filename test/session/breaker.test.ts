import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, afterRefusal, type Breaker, holdOf, isLoop } from '../../src/session/breaker.ts';

const MAX_HOLD = 3_600_000;

const NOW = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;
/** Of which the third is 30 seconds: no cap is shorter. */
const SHORT = 90_000;

const draws = fc.double({ min: 0, max: 1, noNaN: true });

function fail(breaker?: Breaker, failure: Partial<Parameters<typeof afterFailure>[1]> = {}): Breaker {
  return afterFailure(breaker, { now: NOW, lifetime: undefined, retryAfter: undefined, draw: 1, ...failure });
}

/** So many failures in a row, each as soon as the one before allows it. */
function failures(count: number, failure: Parameters<typeof fail>[1] = {}): Breaker[] {
  const row: Breaker[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = row.at(-1);
    row.push(fail(before, { now: before?.retryAt ?? NOW, ...failure }));
  }
  return row;
}

/** How long a breaker holds the next refresh back from its last failure on, in milliseconds. */
function waitOf({ retryAt, failedAt }: Breaker): number {
  return retryAt - (failedAt.at(-1) as number);
}

describe('the wait after a failure', () => {
  it('is drawn from nothing to 1 second, then 2, 4, 8 and so on; for the first 5 seconds to 4 at most (HRD-2)', () => {
    expect(failures(7).map(waitOf)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]);
    expect(failures(7, { draw: 0.5 }).map(waitOf)).toEqual([500, 1000, 2000, 2000, 8000, 16_000, 32_000]);
    expect(failures(3, { draw: 0 }).map(waitOf)).toEqual([0, 0, 0]);
    expect(failures(3).map(({ failures: count }) => count)).toEqual([1, 2, 3]);
  });

  it('lets whoever waits 10 seconds see the end of a blip of 5, whatever is drawn (C24)', () => {
    fc.assert(
      fc.property(fc.array(draws, { minLength: 30, maxLength: 30 }), (drawn) => {
        let breaker: Breaker | undefined;
        for (const draw of drawn) {
          const now = breaker?.retryAt ?? NOW;
          // Unless it has used up its ten tries before, which a draw of nearly nothing at each can do.
          if (now - NOW >= 5000 || (breaker?.failedAt.length ?? 0) === 10) break;
          breaker = fail(breaker, { now, draw });
        }
        const isUsedUp = breaker?.failedAt.length === 10;
        return isUsedUp || (breaker?.retryAt ?? NOW) - NOW < 10_000;
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['30 seconds', 'a minute', MINUTE, 30_000],
    ['30 seconds', 'a minute and a half', SHORT, 30_000],
    ['a third of the life', '10 minutes', 10 * MINUTE, 200_000],
    ['300 seconds', 'a quarter of an hour', 15 * MINUTE, 300_000],
    ['300 seconds', 'a day', 24 * 60 * MINUTE, 300_000],
    ['300 seconds', 'nobody knows how long', undefined, 300_000],
  ])('is never longer than %s, where a token lives for %s (HRD-2)', (_, __, lifetime, cap) => {
    const many = { failures: 60, failedAt: [], retryAt: 0, isFirm: false };
    expect(waitOf(fail(many, { lifetime }))).toBe(cap);
    expect(waitOf(fail(many, { lifetime, draw: 0.5 }))).toBe(cap / 2);
  });

  it('lies between 0 and the whole, whatever is drawn and however many failed before (HRD-2)', () => {
    const counts = fc.integer({ min: 0, max: 2000 });
    const lifetimes = fc.option(fc.integer({ min: 1, max: 1e12 }), { nil: undefined });
    fc.assert(
      fc.property(counts, lifetimes, draws, (count, lifetime, draw) => {
        const cap = Math.min(300_000, Math.max(30_000, (lifetime ?? Number.POSITIVE_INFINITY) / 3));
        const before = { failures: count, failedAt: [], retryAt: 0, isFirm: false };
        const wait = waitOf(fail(before, { lifetime, draw }));
        // To the fraction of a millisecond that is lost where it is added to the date.
        return wait >= 0 && wait <= Math.min(cap, 1000 * 2 ** count) + 1e-3;
      }),
      { numRuns: 1000 },
    );
  });

  it('is at least what the server asked for, and spread over as long again (C26, HRD-3)', () => {
    expect(waitOf(fail(undefined, { retryAfter: 30_000, draw: 0 }))).toBe(30_000);
    expect(waitOf(fail(undefined, { retryAfter: 30_000, draw: 0.5 }))).toBe(45_000);
    expect(waitOf(fail(undefined, { retryAfter: 30_000, draw: 1 }))).toBe(60_000);
    // The longer of the two.
    expect(waitOf(fail(failures(6).at(-1), { retryAfter: 1000 }))).toBe(64_000);
  });

  it('is no longer than an hour, whatever the server asks for (C26)', () => {
    for (const retryAfter of [MAX_HOLD, 24 * MAX_HOLD, Number.MAX_SAFE_INTEGER]) {
      const breaker = fail(undefined, { retryAfter });
      expect(waitOf(breaker)).toBe(MAX_HOLD);
      expect(holdOf(breaker, NOW)).toBe(MAX_HOLD);
    }
  });

  it('is firm where the server asked for it, even for none, and else is not (HRD-3)', () => {
    expect(fail().isFirm).toBe(false);
    expect(fail(undefined, { retryAfter: 0 }).isFirm).toBe(true);
    expect(fail(fail(undefined, { retryAfter: 5000 })).isFirm).toBe(false);
  });
});

describe('ten failures in ten minutes', () => {
  it('hold the next refresh back until the first of them is ten minutes old (HRD-6)', () => {
    const ten = failures(10, { draw: 0 });
    expect(ten.slice(0, 9).map(waitOf)).toEqual(Array(9).fill(0));
    expect(ten.at(-1)).toMatchObject({ retryAt: NOW + 10 * MINUTE, isFirm: true });
    // What is older counts no more.
    const later = fail(ten.at(-1), { now: NOW + 20 * MINUTE, draw: 0 });
    expect([waitOf(later), later.failedAt]).toEqual([0, [NOW + 20 * MINUTE]]);
  });

  it('are never eleven, whatever is drawn, and whatever else passes between them (HRD-6)', () => {
    const steps = fc.array(fc.tuple(draws, fc.integer({ min: 0, max: 3 * MINUTE })), { minLength: 11, maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.constantFrom(undefined, SHORT, 5 * MINUTE), (row, lifetime) => {
        let breaker: Breaker | undefined;
        const all: number[] = [];
        for (const [draw, idle] of row) {
          const now = Math.max(breaker?.retryAt ?? 0, (all.at(-1) ?? NOW) + (idle % 7 ? 0 : idle));
          all.push(now);
          breaker = fail(breaker, { now, draw, lifetime });
        }
        return all.every((at, index) => index < 10 || at - (all[index - 10] as number) >= 10 * MINUTE);
      }),
      { numRuns: 500 },
    );
  });

  it('are all that is kept of them (STO-11)', () => {
    expect(failures(40, { draw: 0 }).at(-1)?.failedAt).toHaveLength(10);
  });
});

describe('the hold', () => {
  it('is what is left until the breaker lets the next one through, and then 0 (HRD-4)', () => {
    const breaker = fail(undefined, { retryAfter: 30_000, draw: 0 });
    expect([NOW, NOW + 10_000, NOW + 29_999].map((now) => holdOf(breaker, now))).toEqual([30_000, 20_000, 1]);
    expect([NOW + 30_000, NOW + MAX_HOLD].map((now) => holdOf(breaker, now))).toEqual([0, 0]);
    expect(holdOf(undefined, NOW)).toBe(0);
  });

  it('is none where the clock was set back to before the failure: nobody waits for that time to come again (T4)', () => {
    const breaker = fail(undefined, { retryAfter: 30_000, draw: 0 });
    expect([NOW - 1, NOW - MAX_HOLD].map((now) => holdOf(breaker, now))).toEqual([0, 0]);
  });

  it('forgets failures that have not happened yet, where the clock was set back (T4)', () => {
    const nine = failures(9, { draw: 0 }).at(-1);
    const breaker = fail(nine, { now: NOW - 2 * MAX_HOLD, draw: 0 });
    expect([waitOf(breaker), breaker.failedAt]).toEqual([0, [NOW - 2 * MAX_HOLD]]);
  });
});

describe('a row of new tokens that a server refuses at once', () => {
  const failure = { now: NOW, lifetime: 5 * MINUTE, retryAfter: undefined, draw: 1 };

  /** So many refusals, each of a token of this age. */
  function refuse(count: number, age: number, lifetime?: number | undefined) {
    let row: ReturnType<typeof afterRefusal> = { refusals: undefined };
    for (let index = 0; index < count; index += 1) row = afterRefusal(row, age, { ...failure, lifetime });
    return row;
  }

  it('is counted, and is a loop from the third on (ROT-11, N13)', () => {
    expect([1, 2].map((count) => refuse(count, 0))).toEqual([{ refusals: 1 }, { refusals: 2 }]);
    expect([undefined, 0, 1, 2, 3, 4].map(isLoop)).toEqual([false, false, false, false, true, true]);
    expect(refuse(3, 0)).toMatchObject({ refusals: 3, breaker: { isFirm: true } });
  });

  it('holds the next refresh back longer and longer once it is a loop, as failures do (ROT-11, N13)', () => {
    const holds = [3, 4, 5, 6].map((count) => holdOf(refuse(count, 0, 15 * MINUTE).breaker, NOW));
    expect(holds).toEqual([4000, 8000, 16_000, 32_000]);
    expect(holdOf(refuse(40, 0, SHORT).breaker, NOW)).toBeGreaterThanOrEqual(30_000);
    expect(holdOf(refuse(40, 0, SHORT).breaker, NOW)).toBeLessThanOrEqual(10 * MINUTE);
  });

  it('is none when the tokens were good for a while: 5 seconds, or half of a shorter life (ROT-11, T7)', () => {
    expect(refuse(10, 5000, 5 * MINUTE)).toEqual({});
    expect(refuse(10, 5000)).toEqual({});
    expect(refuse(2, 4999, 5 * MINUTE)).toEqual({ refusals: 2 });
    expect(refuse(10, 2000, 4000)).toEqual({});
    expect(refuse(2, 1999, 4000)).toEqual({ refusals: 2 });
  });

  it('that is a loop ends only with a token that was good for half its life: it was held back for the rest (ROT-11)', () => {
    const loop = refuse(3, 0, 5 * MINUTE);
    expect(afterRefusal(loop, 4 * 30_000, { ...failure }).refusals).toBe(4);
    expect(afterRefusal(loop, 5 * 30_000, { ...failure })).toEqual({});
    // As long as the longest backoff, where nobody knows how long a token lives.
    expect(afterRefusal(loop, 299_999, { ...failure, lifetime: undefined }).refusals).toBe(4);
    expect(afterRefusal(loop, 300_000, { ...failure, lifetime: undefined })).toEqual({});
  });
});
