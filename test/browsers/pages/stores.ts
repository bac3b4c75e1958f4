// One page that keeps a session in a store of the test's choice, and says what it was told.
import {
  cookieStore,
  createSession,
  localStorageStore,
  rememberStore,
  type Session,
  type SessionRecord,
  type SessionState,
  sessionStorageStore,
} from 'latchkey';
import { createFakeBackend, type FakeCredentials, tokenStoreContract } from 'latchkey/testing';
import './latchkey.ts';

const STORES = {
  localStorageStore: () => localStorageStore(),
  sessionStorageStore: () => sessionStorageStore(),
  cookieStore: () => cookieStore(),
  'cookieStore of a path': () => cookieStore({ path: '/app', sameSite: 'Lax', maxAge: 60_000 }),
  rememberStore: () => rememberStore(),
  'rememberStore with a cookie': () => rememberStore({ persistent: cookieStore() }),
};

export type StoreName = keyof typeof STORES;

let session: Session<FakeCredentials>;

const onPage = {
  /** Every `signed-out` of the session, by reason, and the message of every diagnostic. */
  told: [] as string[],

  /** Restores what the store has, in a session that stays open. */
  async open(store: StoreName): Promise<SessionState['status']> {
    session = createSession({ backend: createFakeBackend(), store: STORES[store]() });
    session.on('signed-out', ({ reason }) => onPage.told.push(reason));
    session.on('diagnostic', ({ message }) => onPage.told.push(message));
    await session.ready;
    return session.getState().status;
  },
  async signIn(store: StoreName): Promise<void> {
    await onPage.open(store);
    await session.signIn({ username: 'alice', password: 'right' });
  },
  signOut: () => session.signOut(),
  state: () => session.getState(),

  /** Saves a cookie of so many bytes, name and value; says what went wrong. */
  saveCookie(length: number): string {
    const record = (accessToken: string): SessionRecord => ({
      version: 1,
      sessionId: 'a-session',
      generation: 1,
      receivedAt: 0,
      subject: undefined,
      remember: undefined,
      tokens: { accessToken, refreshToken: undefined, tokenType: 'Bearer', scope: undefined, lifetime: undefined },
    });
    const overhead = `__Host-latchkey.1.default${encodeURIComponent(JSON.stringify(record('')))}`.length;
    try {
      cookieStore().save('default', record('x'.repeat(length - overhead)));
      return '';
    } catch (error) {
      return String(error);
    }
  },

  /** Runs the contract; says what passed, what failed and why, and what was left behind. */
  async contract(store: StoreName): Promise<{ passed: string[]; failed: string[]; left: string }> {
    const passed: string[] = [];
    const failed: string[] = [];
    for (const { title, check } of tokenStoreContract(STORES[store])) {
      await check().then(
        () => passed.push(title),
        (error) => failed.push(`${title}: ${error.message}`),
      );
    }
    const left = [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie].join('');
    return { passed, failed, left };
  },
};

declare global {
  var storesPage: typeof onPage;
}

globalThis.storesPage = onPage;
