import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, drawOf, encodeRecord, type SessionRecord } from '../../src/token/session-record.ts';
import { createTokenSet } from '../../src/token/token-set.ts';

function record(sessionId: string, generation: number): SessionRecord {
  const tokens = createTokenSet({ accessToken: 'a' }, 1000);
  return { version: 1, sessionId, generation, receivedAt: 1000, subject: 'alice', remember: true, tokens };
}

describe('drawOf', () => {
  it('draws the same for one generation of one session, in every tab and after a reload (HRD-1)', () => {
    const first = record('0123456789abcdef', 3);
    const other = { ...first, subject: 'bob', remember: false, receivedAt: 5, tokens: createTokenSet({}, 5) };
    expect(drawOf(first)).toBe(drawOf(first));
    expect(drawOf(other)).toBe(drawOf(first));
    expect(drawOf(decodeRecord(encodeRecord(first)).record as SessionRecord)).toBe(drawOf(first));
  });

  it('draws anew for each generation, and for each session (HRD-1)', () => {
    const generations = Array.from({ length: 200 }, (_, index) => drawOf(record('a', index + 1)));
    const sessions = Array.from({ length: 200 }, (_, index) => drawOf(record(`session-${index}`, 1)));
    expect(new Set([...generations, ...sessions]).size).toBe(400);
    // Generation 11 of session "1" is not generation 1 of session "11".
    expect(drawOf(record('1', 11))).not.toBe(drawOf(record('11', 1)));
  });

  it.each<[string, (index: number) => SessionRecord]>([
    ['the generations of one session', (index) => record('0123456789abcdef', index + 1)],
    ['sessions whose names are alike', (index) => record(`session-${index}`, 1)],
  ])('spreads %s evenly from 0 to 1 (HRD-1)', (_, recordOf) => {
    const tenths = Array<number>(10).fill(0);
    for (let index = 0; index < 2000; index += 1) {
      const tenth = Math.floor(drawOf(recordOf(index)) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 200 each, give or take what chance does; and none beyond the tenth.
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('draws from 0 up to, not including, 1, whatever the session is called (HRD-1)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (sessionId, generation) => {
        const draw = drawOf(record(sessionId, generation));
        return draw >= 0 && draw < 1;
      }),
    );
  });
});
