import { isAuthError, type SessionRecord } from 'latchkey';
import { backendContract, createFakeBackend, type FakeBackend } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { newRecord } from '../../src/session/new-record.ts';
import { decodeClaims } from '../../src/token/claims.ts';

const ALICE = { username: 'alice', password: 'right' };
const context = {} as never;

async function signedIn(backend: FakeBackend): Promise<SessionRecord> {
  return newRecord((await backend.signIn?.(ALICE, context)) ?? {}, { backend: backend as never, now: 0 });
}

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  return await Promise.resolve(work).then(
    () => 'no error',
    (error) => (isAuthError(error) ? error.code : 'no AuthError'),
  );
}

const bearer = ({ tokens }: SessionRecord) => `Bearer ${tokens.accessToken}`;

describe.each([
  ['with rotation', {}],
  ['without rotation', { rotate: false }],
])('createFakeBackend %s', (_, options) => {
  const cases = backendContract(createFakeBackend(options), {
    right: ALICE,
    wrong: { username: 'alice', password: 'wrong' },
  });
  for (const { title, check } of cases) it(title, check);
});

describe('createFakeBackend', () => {
  it('gives a JWT that says who, from when and until when, and believes in it just as long', async () => {
    let now = Date.UTC(2030, 0, 1);
    const backend = createFakeBackend({ now: () => now, lifetime: 60_000 });
    const record = await signedIn(backend);
    expect(decodeClaims(record.tokens.accessToken)).toMatchObject({
      sub: 'alice',
      iat: now / 1000,
      exp: now / 1000 + 60,
    });
    now += 59_999;
    expect(backend.accepts(bearer(record))).toBe(true);
    now += 1;
    expect(backend.accepts(bearer(record))).toBe(false);
  });

  it('accepts nothing that it did not give, nor under another scheme', async () => {
    const backend = createFakeBackend();
    const record = await signedIn(backend);
    const { accessToken } = record.tokens;
    const headers = [undefined, '', 'Bearer ', accessToken, `bearer ${accessToken}`, `${bearer(record)}x`];
    expect(headers.map((header) => backend.accepts(header))).toEqual(headers.map(() => false));
    expect(createFakeBackend().accepts(bearer(record))).toBe(false);
  });

  it('spends a refresh token where it rotates, and keeps it where it does not', async () => {
    const rotating = createFakeBackend();
    const first = await signedIn(rotating);
    expect((await rotating.refresh?.(first, context))?.refreshToken).not.toBe(first.tokens.refreshToken);
    expect(await codeOf(rotating.refresh?.(first, context))).toBe('refresh-rejected');

    const still = createFakeBackend({ rotate: false });
    const kept = await signedIn(still);
    expect((await still.refresh?.(kept, context))?.refreshToken).toBeUndefined();
    expect(await codeOf(still.refresh?.(kept, context))).toBe('no error');
  });

  it('counts its calls, the refused ones too', async () => {
    const backend = createFakeBackend();
    await codeOf(backend.signIn?.({ username: 'alice', password: 'wrong' }, context));
    const record = await signedIn(backend);
    await codeOf(backend.refresh?.(record, context));
    await codeOf(backend.refresh?.(record, context));
    await backend.revoke?.(record, context, { everywhere: false });
    expect(backend.calls).toEqual({ signIn: 2, refresh: 2, revoke: 1 });
  });

  it('revokes one session and no other', async () => {
    const backend = createFakeBackend();
    const [one, other] = [await signedIn(backend), await signedIn(backend)];
    await backend.revoke?.(one, context, { everywhere: false });
    expect([backend.accepts(bearer(one)), backend.accepts(bearer(other))]).toEqual([false, true]);
    expect(await codeOf(backend.refresh?.(other, context))).toBe('no error');
  });

  it('can make all access tokens worthless, or the refresh tokens too', async () => {
    const backend = createFakeBackend();
    const record = await signedIn(backend);
    backend.expireAll();
    expect(backend.accepts(bearer(record))).toBe(false);
    const next = newRecord(
      (await backend.refresh?.(record, context)) ?? {},
      { backend: backend as never, now: 0 },
      record,
    );
    expect(backend.accepts(bearer(next))).toBe(true);
    backend.revokeAll();
    expect(backend.accepts(bearer(next))).toBe(false);
    expect(await codeOf(backend.refresh?.(next, context))).toBe('refresh-rejected');
  });

  it('puts in the way of a refresh what it is told, before anything is spent', async () => {
    const backend = createFakeBackend();
    const record = await signedIn(backend);
    backend.onRefresh(() => Promise.reject(new Error('503')));
    expect(await codeOf(backend.refresh?.(record, context))).toBe('no AuthError');
    backend.onRefresh(undefined);
    expect(await codeOf(backend.refresh?.(record, context))).toBe('no error');
  });
});
