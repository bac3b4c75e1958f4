import { describe, expect, it } from 'vitest';
import { newRecord } from '../../src/session/new-record.ts';
import { secretsOf } from '../../src/session/secrets.ts';
import { decodeRecord, encodeRecord, type SessionRecord } from '../../src/token/session-record.ts';
import { createTokenSet, type TokenInput, userClaims } from '../../src/token/token-set.ts';
import { jwt } from './world.ts';

const make = (input: TokenInput, previous?: SessionRecord): SessionRecord =>
  newRecord(input, { backend: {}, now: 0 }, previous);

describe('an ID token', () => {
  it('is kept by a refresh that brings none, replaced by one that does, and gone with the session', () => {
    const first = make({ accessToken: 'a.1', idToken: 'i.1' });
    const second = make({ accessToken: 'a.2' }, first);
    expect(second.tokens.idToken).toBe('i.1');
    expect(make({ accessToken: 'a.3', idToken: 'i.3' }, second).tokens.idToken).toBe('i.3');
    expect(make({ accessToken: 'b.1' }).tokens.idToken).toBeUndefined();
  });

  it('is stored with the other tokens, and a record of an older release without it is read (STO-2, V4)', () => {
    const record = make({ accessToken: 'a.1', idToken: 'i.1' });
    expect(decodeRecord(encodeRecord(record)).record).toEqual(record);
    const { idToken, ...older } = record.tokens;
    expect(idToken).toBe('i.1');
    expect(decodeRecord(JSON.stringify({ ...record, tokens: older })).record?.tokens).toMatchObject(older);
    for (const damaged of [5, {}, '', 'i\n1', null]) {
      const { problem } = decodeRecord(JSON.stringify({ ...record, tokens: { ...older, idToken: damaged } }));
      expect(problem).toContain('damaged');
    }
  });

  it('is a secret like the others (LOG-1)', () => {
    expect(secretsOf(make({ accessToken: 'a.1', refreshToken: 'r.1', idToken: 'i.1' }))).toEqual(['a.1', 'r.1', 'i.1']);
    for (const idToken of ['CANARY\r\nx', 'CANARY x', 5 as never]) {
      expect(() => createTokenSet({ accessToken: 'a', idToken }, 0)).toThrow('The ID token must be text');
      expect(() => createTokenSet({ accessToken: 'a', idToken }, 0)).not.toThrow('CANARY');
    }
  });

  it('says who the user is, before an access token that can be read by chance (RFC 9068 section 6)', () => {
    const accessToken = jwt({ sub: 'of the API' });
    const both = make({ accessToken, idToken: jwt({ sub: 'alice' }) });
    expect(both.subject).toBe('alice');
    expect(userClaims(both.tokens)).toEqual({ sub: 'alice' });
    expect(make({ accessToken }).subject).toBe('of the API');
    expect(userClaims(createTokenSet({ accessToken, idToken: 'opaque' }, 0))).toEqual({ sub: 'of the API' });
  });

  it.each<[string, TokenInput, string]>([
    ['another ID token', { accessToken: jwt({ sub: 'x' }), idToken: jwt({ sub: 'bob' }) }, 'bob'],
    ['another access token', { accessToken: jwt({ sub: 'y' }) }, 'y'],
    ['both of the same user', { accessToken: jwt({ sub: 'x', n: 2 }), idToken: jwt({ sub: 'alice', n: 2 }) }, 'alice'],
    ['an access token that is opaque by now', { accessToken: 'opaque' }, 'alice'],
  ])('is compared with its own kind after a refresh, whose subject is that of %s (SES-3)', (_, input, subject) => {
    // One user, whom the API and the app know by different names.
    const first = make({ accessToken: jwt({ sub: 'x' }), idToken: jwt({ sub: 'alice' }) });
    expect(make(input, first).subject).toBe(subject);
  });
});
