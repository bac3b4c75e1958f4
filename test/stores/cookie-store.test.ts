// @vitest-environment-options { "url": "https://app.example/" }
import { type CookieStoreOptions, cookieStore, type SessionRecord } from 'latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';
import { cookieNames, cookies, denyCookies, restoreCookies, visit, watchCookieWrites, writeCookie } from './cookies.ts';

const NAME = '__Host-latchkey.1.default';

function record(changes: Partial<SessionRecord> = {}, accessToken = 'opaque'): SessionRecord {
  const tokens = { accessToken, refreshToken: undefined, tokenType: 'Bearer', scope: undefined, lifetime: undefined };
  const whole = { version: 1, sessionId: 'a-session', generation: 1, receivedAt: Date.now(), tokens } as const;
  return { subject: undefined, remember: undefined, ...whole, ...changes };
}

afterEach(restoreCookies);

describe('the session cookie', () => {
  it('is Secure, SameSite=Strict, of this host and every path, and named so that the browser insists on it (CKI-1)', () => {
    const writes = watchCookieWrites();
    cookieStore().save('default', record());
    expect(writes).toEqual([
      expect.stringMatching(/^__Host-latchkey\.1\.default=[^;]+; Path=\/; SameSite=Strict; Secure$/),
    ]);
  });

  it.each<[CookieStoreOptions, RegExp]>([
    [{ sameSite: 'Lax' }, /^__Host-latchkey\.1\.default=[^;]+; Path=\/; SameSite=Lax; Secure$/],
    [{ domain: 'app.example' }, /^latchkey\.1\.default=[^;]+; Path=\/; Domain=app\.example; SameSite=Strict; Secure$/],
    [{ path: '/app' }, /^latchkey\.1\.default=[^;]+; Path=\/app; SameSite=Strict; Secure$/],
    [{ maxAge: 1500 }, /; SameSite=Strict; Secure; Max-Age=2$/],
  ])('says with %j what it was told, always with Secure (CKI-1)', (options, expected) => {
    visit('https://app.example/app/');
    const writes = watchCookieWrites();
    cookieStore(options).save('default', record());
    expect(writes).toEqual([expect.stringMatching(expected)]);
  });

  it('is read back: over plain http the browser keeps none, and the session works on in memory (CKI-1)', async () => {
    visit('http://app.example/');
    const { session, api, events } = createWorld({ store: cookieStore() });
    const messages: string[] = [];
    session.on('diagnostic', ({ message }) => messages.push(message));
    await session.signIn(ALICE);
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in']);
    expect(messages).toEqual(['The browser did not keep the session: a cookie needs https, and to be allowed.']);
  });

  it.each<CookieStoreOptions>([
    { path: 'app' },
    { path: '/; Domain=evil.example' },
    { path: '/a,b' },
    { path: '/a\\b' },
    { path: '/a"b' },
    { path: '/a b' },
    { path: '/a\r\nSet-Cookie: x=y' },
    { path: '/a\0' },
    { path: '/ä' },
    { path: '' },
    { domain: '' },
    { domain: 'app.example; Path=/x' },
    { domain: 'app.example"' },
    { domain: 'äpp.example' },
    { sameSite: 'strict; HttpOnly' as never },
    { accessTokenFrom: '' },
    { accessTokenFrom: 'token=x' },
    { accessTokenFrom: 'to ken' },
    { accessTokenFrom: 'token;' },
    { accessTokenFrom: '"token"' },
    { accessTokenFrom: 'tökén' },
  ])('refuses what would make other attributes, or another cookie, of %j (CKI-2)', (options) => {
    const writes = watchCookieWrites();
    expect(() => cookieStore(options)).toThrow(/^cookieStore: (path|domain|sameSite|accessTokenFrom) is not usable/);
    expect(writes).toEqual([]);
  });

  it.each(['a; Domain=evil.example', 'a=b', 'a b', 'a,b', 'a"b', 'ä', 'a\r\nb', ''])(
    'refuses a name that is none, before anything is written: %j (CKI-2)',
    (name) => {
      const writes = watchCookieWrites();
      const store = cookieStore();
      expect(() => store.save(name, record())).toThrow(/name/);
      expect(() => store.clear(name)).toThrow(/name/);
      expect(writes).toEqual([]);
    },
  );

  it('carries whatever is in a record without another attribute coming of it (CKI-2)', () => {
    const writes = watchCookieWrites();
    const subject = 'a; Domain=evil.example, \\ "käthe"\r\n\0🔑';
    cookieStore().save('default', record({ subject }, 'a;b,c"d\\e=%f'));
    expect(writes[0]?.split(';')).toHaveLength(4);
    expect(writes[0]).toMatch(/^[\x20-\x7e]+$/);
    const stored = JSON.parse(String(cookieStore().load('default')));
    expect([stored.subject, stored.tokens.accessToken]).toEqual([subject, 'a;b,c"d\\e=%f']);
  });

  it('may have 4096 bytes of name and value, and not one more; then the one before stays (CKI-3)', () => {
    const store = cookieStore();
    const overhead = NAME.length + encodeURIComponent(JSON.stringify(record({}, ''))).length;
    const fitting = record({}, 'x'.repeat(4096 - overhead));
    store.save('default', fitting);
    expect(cookies()[0]).toHaveLength(4096 + '='.length);

    const writes = watchCookieWrites();
    expect(() => store.save('default', record({}, 'x'.repeat(4097 - overhead)))).toThrow(
      expect.objectContaining({ name: 'TokenStoreError', message: expect.stringContaining('4096 bytes') }),
    );
    expect(writes).toEqual([]);
    expect(JSON.parse(String(store.load('default'))).tokens).toEqual(JSON.parse(JSON.stringify(fitting.tokens)));
  });

  it('keeps a session whose tokens are too large in memory, and says why (CKI-3)', async () => {
    const { session, events } = createWorld({ store: cookieStore() });
    await session.signInWithTokens({ accessToken: 'x'.repeat(5000) });
    expect(await session.getAccessToken()).toHaveLength(5000);
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in']);
    expect(cookies()).toEqual([]);
  });

  it('is one of two of that name: both are tampered with, and neither is used (CKI-4)', async () => {
    visit('https://app.example/app/');
    const options = { path: '/app/' };
    await createWorld({ store: cookieStore(options) }).session.signIn(ALICE);
    const planted = cookieStore({ path: '/', domain: 'app.example' });
    expect(() => planted.save('default', record())).toThrow('Two cookies');
    expect(cookieNames()).toEqual(['latchkey.1.default', 'latchkey.1.default']);

    const { session, events } = createWorld({ store: cookieStore(options) });
    const messages: string[] = [];
    session.on('diagnostic', ({ message }) => messages.push(message));
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(events).toEqual(['diagnostic:store-failed']);
    expect(messages).toEqual(['Two cookies are named latchkey.1.default: neither is trusted.']);
  });

  it('that gets a double while somebody is signed in changes nothing for them (CKI-4)', async () => {
    visit('https://app.example/app/');
    const { session, events } = createWorld({ store: cookieStore({ path: '/app/' }) });
    await session.signIn(ALICE);
    writeCookie('latchkey.1.default=planted; Path=/; Secure');
    await session.refresh();
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(events).toEqual(['signed-in', 'diagnostic:store-failed', 'refreshed']);
  });

  it('is found by its exact name, not by a pattern, a beginning or an end of it (CKI-5)', () => {
    const name = NAME.replaceAll('.', 'X');
    for (const near of [name, `${NAME}.2`, `x${NAME}`, NAME.slice(2), NAME.toLowerCase()]) {
      writeCookie(`${near}=planted; Path=/; Secure`);
    }
    writeCookie(`foo=${NAME}=planted; Path=/; Secure`);
    expect(cookieStore().load('default')).toBeUndefined();
    cookieStore().save('default', record());
    expect(cookieStore().load('default')).toContain('a-session');
    cookieStore().clear('default');
    expect(cookieNames()).not.toContain(NAME);
    expect(cookieNames()).toHaveLength(6);
  });

  it.each<[name: string, CookieStoreOptions]>([
    ['plain', {}],
    ['deep', { path: '/app' }],
    ['wide', { domain: 'app.example' }],
  ])('is removed with the path and the domain that it was made with: %s, %j (CKI-5)', (name, options) => {
    visit('https://app.example/app/');
    const store = cookieStore(options);
    store.save(name, record());
    expect(cookies()).toHaveLength(1);
    store.clear(name);
    expect(cookies()).toEqual([]);
  });

  it('is looked for after its removal: one of another path is still there, and that is said (CKI-5, STO-7)', async () => {
    visit('https://app.example/app/');
    const { session, events } = createWorld({ store: cookieStore({ path: '/app/' }) });
    await session.signIn(ALICE);
    writeCookie('latchkey.1.default=planted; Path=/; Secure');
    await session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(events.filter((event) => event === 'diagnostic:store-failed')).not.toEqual([]);
    expect(cookies()).toEqual(['latchkey.1.default=planted']);
  });

  it('that script may not touch at all leaves the session in memory, with one diagnostic (STO-5)', async () => {
    denyCookies();
    const { session, api, events } = createWorld({ store: cookieStore() });
    await session.signIn(ALICE);
    await session.refresh();
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);
    expect(() => cookieStore().load('default')).toThrow(expect.objectContaining({ name: 'TokenStoreError' }));
  });
});
