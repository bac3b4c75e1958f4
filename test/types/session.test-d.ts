import axios from 'axios';
import {
  type Backend,
  createSession,
  type JwtClaims,
  localStorageStore,
  memoryStore,
  type Session,
  type SessionState,
  type SignOutReason,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expectTypeOf, it } from 'vitest';

interface MyClaims extends JwtClaims {
  readonly user_id: number;
  readonly role: 'admin' | 'user';
}

describe('createSession', () => {
  it('takes what users type from the backend', () => {
    const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: localStorageStore() });
    expectTypeOf(session.signIn).parameter(0).toEqualTypeOf<{ readonly username: string; readonly password: string }>();
    // @ts-expect-error A password is missing.
    void session.signIn({ username: 'alice' });
  });

  it('takes the claims from the backend, to the state and the events', () => {
    const backend = simpleJwt<{ email: string; password: string }, MyClaims>({ baseUrl: '/auth' });
    const session = createSession({ backend, store: memoryStore() });
    expectTypeOf(session).toEqualTypeOf<Session<{ email: string; password: string }, MyClaims>>();
    expectTypeOf(session.signIn({ email: '', password: '' })).resolves.toEqualTypeOf<MyClaims>();
    session.on('signed-in', ({ user }) => expectTypeOf(user.role).toEqualTypeOf<'admin' | 'user'>());
    const state = session.getState();
    if (state.status === 'signed-in') expectTypeOf(state.user).toEqualTypeOf<MyClaims>();
    // @ts-expect-error Nobody is signed in there, so there is no user.
    if (state.status === 'signed-out') void state.user;
  });

  it('takes a plain object for a backend', () => {
    const backend: Backend<{ pin: string }> = { signIn: async ({ pin }) => ({ accessToken: pin }) };
    const session = createSession({ backend, store: memoryStore() });
    expectTypeOf(session.signIn).parameter(0).toEqualTypeOf<{ pin: string }>();
  });

  it('demands a store, and knows its options', () => {
    // @ts-expect-error There is no default store.
    createSession({ backend: {} });
    // @ts-expect-error There is no such option.
    createSession({ backend: {}, store: memoryStore(), stoer: 1 });
  });
});

describe('events', () => {
  it('know their payload', () => {
    const session = createSession({ backend: {}, store: memoryStore() });
    session.on('signed-out', (event) => expectTypeOf(event.reason).toEqualTypeOf<SignOutReason>());
    session.on('refreshed', (event) => expectTypeOf(event.tokenExpiresAt).toEqualTypeOf<number | undefined>());
    // @ts-expect-error There is no such event.
    session.on('signedout', () => {});
  });
});

describe('the state', () => {
  it('is told apart by its status', () => {
    expectTypeOf<SessionState['status']>().toEqualTypeOf<'restoring' | 'signed-in' | 'signed-out'>();
  });
});

describe('transports', () => {
  const session = createSession({ backend: {}, store: memoryStore() });

  it('make a fetch that is a fetch', () => {
    expectTypeOf(createAuthorizedFetch(session)).toEqualTypeOf<typeof fetch>();
  });

  it('take wildcard hosts in one form only', () => {
    attachSession(axios, session, { resourceServers: ['https://a.example', { host: '*.example.com' }] });
    // @ts-expect-error A wildcard stands for whole labels.
    attachSession(axios, session, { resourceServers: [{ host: 'example.com' }] });
  });

  it('teach axios the word "anonymous"', () => {
    void axios.get('/x', { anonymous: true });
    // @ts-expect-error It is true or false.
    void axios.get('/x', { anonymous: 'yes' });
  });
});
