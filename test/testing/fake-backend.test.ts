import { createSession, isAuthError, memoryStore, type SessionRecord } from 'latchkey';
import { backendContract, createFakeBackend, createFakeClock, type FakeBackend } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
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
  it('makes the same session when a hot reload makes it again, however often it was called (C47)', async () => {
    const backend = createFakeBackend();
    const make = () => createSession({ backend, store: memoryStore(), name: 'reloaded' });
    const session = make();
    await session.signIn(ALICE);
    expect(make()).toBe(session);
    session.dispose();
  });

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

  it('signs in the users that it was told of, by whatever they type, and nobody else', async () => {
    const alice = { email: 'a@example.com', code: 7, claims: { sub: '1', role: 'clerk' } };
    const backend = createFakeBackend<{ email: string; code?: number }>({ users: [alice, { email: 'b@example.com' }] });
    const claims = async (typed: { email: string; code?: number }) =>
      decodeClaims((await backend.signIn?.(typed, context))?.accessToken);
    expect(await claims({ email: 'a@example.com', code: 7 })).toMatchObject({ sub: '1', role: 'clerk' });
    expect(await claims({ email: 'b@example.com' })).toMatchObject({ sub: 'b@example.com' });
    for (const typed of [{ email: 'a@example.com', code: 8 }, { email: 'a@example.com' }, { email: 'c@example.com' }]) {
      expect(await codeOf(backend.signIn?.(typed, context))).toBe('sign-in-rejected');
    }
  });

  it('puts into the next token what a test changes of a user', async () => {
    const alice = { ...ALICE, claims: { sub: '1', role: 'clerk' } };
    const backend = createFakeBackend({ users: [alice] });
    const record = await signedIn(backend);
    alice.claims.role = 'chief';
    const { accessToken } = (await backend.refresh?.(record, context)) ?? {};
    expect(decodeClaims(accessToken)).toMatchObject({ sub: '1', role: 'chief' });
  });

  it('gives the tokens of somebody who signed in elsewhere', async () => {
    const backend = createFakeBackend();
    const tokens = backend.tokensFor({ user_id: 7, name: 'Zoë' });
    expect(decodeClaims(tokens.accessToken)).toMatchObject({ user_id: 7, name: 'Zoë' });
    expect(decodeClaims(backend.tokensFor('bob').accessToken)).toMatchObject({ sub: 'bob' });
    expect(backend.accepts(`Bearer ${tokens.accessToken}`)).toBe(true);
    expect(backend.calls.signIn).toBe(0);
  });

  it('puts in the way of a sign-in and a revocation what it is told, before anything is done', async () => {
    const backend = createFakeBackend();
    const record = await signedIn(backend);
    const fail = () => Promise.reject(new Error('503'));
    backend.onSignIn(fail);
    backend.onRevoke(fail);
    expect(await codeOf(backend.signIn?.(ALICE, context))).toBe('no AuthError');
    expect(await codeOf(backend.revoke?.(record, context, { everywhere: false }))).toBe('no AuthError');
    expect(backend.accepts(bearer(record))).toBe(true);
    backend.onSignIn(undefined);
    backend.onRevoke(undefined);
    expect(await codeOf(backend.signIn?.(ALICE, context))).toBe('no error');
  });

  it('answers late by its clock, where it is told to', async () => {
    const clock = createFakeClock();
    const backend = createFakeBackend({ clock, latency: 500 });
    const answered = vi.fn();
    void backend.signIn?.(ALICE, context).then(answered);
    await clock.advance(499);
    expect(answered).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(answered).toHaveBeenCalledTimes(1);
  });

  it('names an option that is wrong', () => {
    expect(() => createFakeBackend({ lifetme: 1 } as never)).toThrow('createFakeBackend: there is no option "lifetme"');
    expect(() => createFakeBackend({ lifetime: 0 })).toThrow('lifetime must be milliseconds above 0');
  });
});
