import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../src/backends/token-endpoint.ts';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 3600_000;

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    [' 30 ', 30_000],
    ['007', 7000],
    ['1.5', 1500],
    ['3600', HOUR],
    ['3601', HOUR],
    ['1000000000', HOUR],
    ['9'.repeat(400), HOUR],
    ['Tue, 01 Jan 2030 00:00:30 GMT', 30_000],
    ['Tuesday, 01-Jan-30 00:00:30 GMT', 30_000],
    ['Tue Jan  1 00:00:30 2030', 30_000],
    ['Mon, 31 Dec 2029 23:59:00 GMT', 0],
    ['Thu, 01 Jan 2099 00:00:00 GMT', HOUR],
  ])('reads %j (C26)', (value, wait) => {
    expect(parseRetryAfter(value, NOW)).toBe(wait);
  });

  it.each([
    null,
    '',
    ' ',
    '-5',
    '-1',
    '1e9',
    '+5',
    '0x10',
    'NaN',
    'Infinity',
    'soon',
    '12 apples',
    'in 5 minutes',
    'January 2031',
    '2031-01-01',
    'Tue, 99 Jan 2030 00:00:30 GMT',
    '1, 2',
    '30s',
  ])('takes %j for nonsense, and lets the engine choose (C26)', (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });

  it('gives a wait from 0 to an hour, or none, for any text and any clock', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), fc.double(), (value, now) => {
        const wait = parseRetryAfter(value, now);
        return wait === undefined || (wait >= 0 && wait <= HOUR);
      }),
    );
  });
});
