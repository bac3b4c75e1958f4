import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenLife } from '../../src/token/expiry.ts';

const MINUTE = 60_000;

describe('tokenLife', () => {
  it('draws the refresh from 65 to 95 % of the lifetime, so that a crowd does not refresh together (HRD-1)', () => {
    expect(tokenLife(10 * MINUTE, undefined, 0).refreshAfter).toBe(6.5 * MINUTE);
    expect(tokenLife(10 * MINUTE, undefined, 1).refreshAfter).toBe(9.5 * MINUTE);
  });

  it('takes a window in milliseconds before the expiry, or a fraction of the lifetime', () => {
    expect(tokenLife(10 * MINUTE, MINUTE, 0.5).refreshAfter).toBe(9 * MINUTE);
    expect(tokenLife(10 * MINUTE, { fraction: 0.8 }, 0.5).refreshAfter).toBe(8 * MINUTE);
  });

  it('stops sending a token a second early, or at half of a life that is shorter than two (JWT-6)', () => {
    expect(tokenLife(10 * MINUTE, undefined, 0).expiresAfter).toBe(10 * MINUTE - 1000);
    expect(tokenLife(1000, undefined, 0).expiresAfter).toBe(500);
  });

  it.each([
    ['a little longer than', 5 * MINUTE + 1],
    ['exactly', 5 * MINUTE],
    ['twice', 10 * MINUTE],
    ['a day for', 24 * 60 * MINUTE],
  ])('refreshes at half the lifetime, not all the time, with a window %s the lifetime (JWT-6, C10)', (_, window) => {
    expect(tokenLife(5 * MINUTE, window, 0.5).refreshAfter).toBe(2.5 * MINUTE);
  });

  it('does not refresh a token of a few seconds more often than at half its life (C10)', () => {
    expect(tokenLife(4000, { fraction: 0.01 }, 0).refreshAfter).toBe(2000);
    expect(tokenLife(4000, 3999, 0).refreshAfter).toBe(2000);
  });

  it.each([undefined, 0, -5])('knows nothing of a lifetime of %s, and waits for a refusal', (lifetime) => {
    expect(tokenLife(lifetime, undefined, 0.5)).toEqual({
      refreshAfter: Number.POSITIVE_INFINITY,
      expiresAfter: Number.POSITIVE_INFINITY,
    });
  });

  it('never schedules with NaN, never before 0, never a refresh after the expiry, whatever it is given (JWT-5)', () => {
    const windows = fc.oneof(
      fc.constant(undefined),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      fc.record({ fraction: fc.double({ min: 0.001, max: 0.999, noNaN: true }) }),
    );
    const draws = fc.double({ min: 0, max: 1, noNaN: true });
    const lifetimes = fc.double({ min: 1e-3, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(lifetimes, windows, draws, (lifetime, window, draw) => {
        const { refreshAfter, expiresAfter } = tokenLife(lifetime, window, draw);
        return refreshAfter > 0 && refreshAfter <= expiresAfter && expiresAfter <= lifetime;
      }),
      { numRuns: 1000 },
    );
  });
});
