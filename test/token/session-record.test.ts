import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  decodeRecord,
  encodeRecord,
  expiryOf,
  isOutdated,
  isRest,
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

  it.each(['null', '42', '"CANARY"', '[]', 42, true, [RECORD], Object.assign([], RECORD)])(
    'says of %j that it is no record at all (STO-2)',
    (stored) => {
      expect(decodeRecord(stored).problem).toBe('The stored session cannot be used: it is no record of latchkey.');
    },
  );

  it.each<[string, boolean, unknown]>([
    ['of the next version', true, changed({ version: 2 })],
    ['of a version far ahead', true, changed({ version: 1000 })],
    ['of the version before', false, changed({ version: 0 })],
    ['whose version is true', false, changed({ version: true })],
    ['without a version', false, changed({ version: undefined })],
    ['of this version, but damaged', false, changed({ generation: 0 })],
    ['that says so itself', false, changed({ generation: 0, isNewer: true })],
    ['that is no JSON', false, '{garbage'],
  ])('says of a record %s whether a newer release wrote it: %s (V1)', (_, isNewer, stored) => {
    expect(decodeRecord(stored)).toMatchObject({ record: undefined, isNewer });
  });

  it('reads text of 256 KiB, and not of a character more (STO-2)', () => {
    const text = encodeRecord(RECORD).padEnd(256 * 1024);
    expect(decodeRecord(text).record).toEqual(RECORD);
    expect(decodeRecord(`${text} `).problem).toContain('too long');
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

  it('keeps when the user signed in, when the refresh token dies, and that it is the rest of an older client', () => {
    const record = { ...RECORD, signedInAt: 900, isRest: true, tokens: { ...RECORD.tokens, refreshExpiresAt: 9000 } };
    expect(reread(record)).toEqual(record);
  });

  it('says nothing of when the user signed in where an older release did not', () => {
    expect(reread(RECORD)).not.toHaveProperty('signedInAt');
  });

  it.each(['true', 1, null, {}, []])('does not know whether to remember a user of whom it says %j', (remember) => {
    const { record } = decodeRecord(changed({ remember }));
    expect(record).toEqual({ ...RECORD, remember: undefined });
  });

  it.each(['', 'x', 0, 5, true, false])('keeps %j in a field that it does not know (V4)', (extra) => {
    expect(reread({ ...RECORD, extra } as SessionRecord)).toEqual({ ...RECORD, extra });
  });

  it.each([null, [], ['x'], {}, { deep: 1 }])('drops %j in a field that it does not know (PPL-2)', (extra) => {
    expect(decodeRecord(changed({ extra })).record).not.toHaveProperty('extra');
  });

  it('takes a field that is called length for no length of its own (V4)', () => {
    const record = { ...RECORD, length: 256 * 1024 + 1 };
    expect(decodeRecord(record).record).toEqual(record);
  });

  it('drops even plain text that is called __proto__ (PPL-2)', () => {
    const { record = {} } = decodeRecord(encodeRecord(RECORD).replace('{', '{"__proto__":"x",'));
    expect(record).toEqual(RECORD);
    expect(Object.hasOwn(record, '__proto__')).toBe(false);
  });

  it.each([Error, RangeError])(
    'survives an object of a custom store that throws a %o when it is read (STO-2)',
    (Thrown) => {
      const hostile = {
        get version(): never {
          throw Object.assign(new Thrown('CANARY'), { isNewer: true });
        },
      };
      const problem = 'The stored session cannot be used: it is damaged.';
      expect(decodeRecord(hostile)).toEqual({ record: undefined, problem, isNewer: false });
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      expect(decodeRecord(proxy).problem).toBe('The stored session cannot be used: it is damaged.');
    },
  );

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

describe('isRest', () => {
  it.each([
    [true, true],
    [false, false],
    [undefined, false],
    ['true', false],
    [1, false],
  ])('takes a record that says %j for the rest of an older client: %s', (told, expected) => {
    expect(isRest({ ...RECORD, isRest: told as boolean })).toBe(expected);
  });

  it('takes no record for one that does not say so itself (PPL-1)', () => {
    expect(isRest(RECORD)).toBe(false);
    expect(isRest(Object.create({ ...RECORD, isRest: true }))).toBe(false);
  });
});
