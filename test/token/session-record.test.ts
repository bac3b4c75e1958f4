import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  decodeRecord,
  encodeRecord,
  expiryOf,
  isOutdated,
  RECORD_VERSION,
  type SessionRecord,
} from '../../src/token/session-record.ts';
import { createTokenSet } from '../../src/token/token-set.ts';

const RECORD: SessionRecord = {
  version: RECORD_VERSION,
  sessionId: '0123456789abcdef',
  generation: 3,
  receivedAt: 1000,
  subject: 'käthe 🔑',
  remember: true,
  tokens: createTokenSet({ accessToken: 'CANARY.a', refreshToken: 'CANARY.r', scope: 'read', lifetime: 60_000 }, 1000),
};

/** What the record is as plain JSON data, with some of it replaced; `undefined` removes a member. */
function changed(change: object, tokens: object = {}): unknown {
  return JSON.parse(JSON.stringify({ ...RECORD, ...change, tokens: { ...RECORD.tokens, ...tokens } }));
}

function reread(record: SessionRecord): SessionRecord {
  return decodeRecord(encodeRecord(record)).record as SessionRecord;
}

describe('decodeRecord', () => {
  it('gives back what was encoded, to the last field', () => {
    expect(decodeRecord(encodeRecord(RECORD))).toEqual({ record: RECORD });
    expect(decodeRecord(changed({}))).toEqual({ record: RECORD });
  });

  it.each([undefined, null, ''])('takes %j for an empty store, which is no problem (STO-2)', (stored) => {
    expect(decodeRecord(stored)).toEqual({ record: undefined });
  });

  it.each([
    ['text that is no JSON', '{"version":1,"tokens":{"accessToken":"CANARY'],
    ['JSON that is no object', '"CANARY"'],
    ['an array', [RECORD]],
    ['a number', 42],
    ['an object without a version', { tokens: RECORD.tokens }],
    ['a record of a later release', changed({ version: 2 })],
    ['a record whose version is an object that cannot be a number', changed({ version: { toString: 1, valueOf: 1 } })],
    ['no session id', changed({ sessionId: undefined })],
    ['an empty session id', changed({ sessionId: '' })],
    ['a session id that is no string', changed({ sessionId: 5 })],
    ['generation 0', changed({ generation: 0 })],
    ['a generation between two', changed({ generation: 1.5 })],
    ['a generation beyond counting', changed({ generation: 2 ** 53 })],
    ['a time that is text', changed({ receivedAt: '1000' })],
    ['an infinite time', `{"version":1,"receivedAt":1e400,"tokens":{"accessToken":"CANARY"}}`],
    ['a subject that is no string', changed({ subject: { name: 'CANARY' } })],
    ['no tokens', { ...RECORD, tokens: undefined }],
    ['tokens that are a list', { ...RECORD, tokens: ['CANARY'] }],
    ['an access token that is no string', changed({}, { accessToken: ['CANARY'] })],
    ['an access token that splits a header', changed({}, { accessToken: 'CANARY\r\nX: y' })],
    ['a refresh token of 65 KiB', changed({}, { refreshToken: 'CANARY'.repeat(12_000) })],
    ['a token type that is two words', changed({}, { tokenType: 'Bearer CANARY' })],
    ['a negative lifetime', changed({}, { lifetime: -1 })],
  ])('takes %s for no session, says so, and quotes nothing of it (STO-2, LOG-1)', (_, stored) => {
    const { record, problem } = decodeRecord(stored);
    expect(record).toBeUndefined();
    expect(problem).toMatch(/^The stored session cannot be used: /);
    expect(problem).not.toContain('CANARY');
  });

  it('does not even parse text of more than 256 KiB (STO-2)', () => {
    const parse = vi.spyOn(JSON, 'parse');
    expect(decodeRecord(`${encodeRecord(RECORD)}${' '.repeat(256 * 1024)}`).problem).toContain('too long');
    expect(parse).not.toHaveBeenCalled();
  });

  it('reads no field that is inherited, or planted as __proto__, and keeps what it does not know (STO-2, PPL-1, PPL-2, V4)', () => {
    expect(decodeRecord(Object.create(RECORD)).record).toBeUndefined();
    const planted = encodeRecord(RECORD).replace('{"version":1', '{"__proto__":{"version":1,"generation":9},"extra":1');
    expect(decodeRecord(planted).record).toBeUndefined();
    const { record } = decodeRecord({ ...RECORD, extra: 'x', __proto__: { subject: 'mallory' } });
    expect(record).toEqual({ ...RECORD, extra: 'x' });
    expect(decodeRecord({ ...RECORD, extra: { deep: 1 } }).record).toEqual(RECORD);
  });

  it('survives an object of a custom store that throws when it is read (STO-2)', () => {
    const hostile = {
      get version(): never {
        throw new Error('CANARY');
      },
    };
    expect(decodeRecord(hostile).problem).toBe('The stored session cannot be used: it is damaged.');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(decodeRecord(proxy).problem).toBe('The stored session cannot be used: it is damaged.');
  });

  it('is total: any text, any JSON and any value gives a whole record, nothing, or a problem (STO-2)', () => {
    const check = (stored: unknown): void => {
      const { record, problem } = decodeRecord(stored);
      expect(record === undefined || problem === undefined).toBe(true);
      if (record !== undefined) expect(encodeRecord(reread(record))).toBe(encodeRecord(record));
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check));
    fc.assert(fc.property(fc.json(), check));
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withMap: true, withDate: true }), check));
  });

  it('is total also where a record is nearly right: one member replaced by anything (STO-2)', () => {
    const member = fc.constantFrom('version', 'sessionId', 'generation', 'receivedAt', 'subject', 'remember', 'tokens');
    const inner = fc.constantFrom('accessToken', 'refreshToken', 'tokenType', 'scope', 'lifetime');
    fc.assert(
      fc.property(member, inner, fc.jsonValue(), fc.boolean(), (outer, name, value, isInner) => {
        const stored = isInner ? changed({}, { [name]: value }) : { ...RECORD, [outer]: value };
        const { record, problem } = decodeRecord(stored);
        expect((record === undefined) !== (problem === undefined)).toBe(true);
        if (record !== undefined) expect(encodeRecord(reread(record))).toBe(encodeRecord(record));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isOutdated', () => {
  it('holds of a record that lay unused for longer than its maximum, and of nothing else (STO-8)', () => {
    expect(isOutdated(encodeRecord(RECORD), 500, 1501)).toBe(true);
    expect(isOutdated(encodeRecord(RECORD), 500, 1500)).toBe(false);
    expect(isOutdated(encodeRecord(RECORD), undefined, Number.MAX_VALUE)).toBe(false);
    expect(isOutdated('{garbage', 500, Number.MAX_VALUE)).toBe(false);
  });
});

describe('expiryOf', () => {
  it('is when the tokens came plus their lifetime, where that is known', () => {
    expect(expiryOf(RECORD)).toBe(61_000);
    expect(expiryOf({ ...RECORD, tokens: createTokenSet({ accessToken: 'opaque' }, 0) })).toBeUndefined();
  });
});
