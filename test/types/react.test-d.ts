import { createSession, type JwtClaims, memoryStore, type SessionState } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { SessionProvider, type SessionProviderProps, useSession, useSessionState, useUser } from 'latchkey/react';
import { createTestSession } from 'latchkey/testing';
import { createElement, type ReactElement, type ReactNode } from 'react';
import { describe, expectTypeOf, it } from 'vitest';

const session = createSession({
  backend: simpleJwt({ baseUrl: '/auth' }),
  store: memoryStore(),
  loadUser: async () => ({ name: 'Alice', role: 'admin' as 'admin' | 'user' }),
});
type User = { name: string; role: 'admin' | 'user' };

describe('SessionProvider', () => {
  it('takes any session, and children', () => {
    expectTypeOf(SessionProvider).returns.toEqualTypeOf<ReactElement>();
    expectTypeOf<SessionProviderProps['children']>().toEqualTypeOf<ReactNode>();
    createElement(SessionProvider, { session });
    createElement(SessionProvider, { session: createTestSession({ profile: { name: 'Alice' } }) }, 'children');
    // @ts-expect-error It is no session.
    createElement(SessionProvider, { session: {} });
    // @ts-expect-error It needs one.
    createElement(SessionProvider, {});
  });
});

describe('where nothing is registered', () => {
  it('the hooks know claims, which are unknown one by one', () => {
    expectTypeOf(useUser()).toEqualTypeOf<JwtClaims | undefined>();
    expectTypeOf(useUser((user) => user?.sub)).toEqualTypeOf<string | undefined>();
    expectTypeOf(useUser((user) => user?.role)).toEqualTypeOf<unknown>();
    expectTypeOf(useSessionState()).toEqualTypeOf<SessionState<JwtClaims>>();
    expectTypeOf(useSessionState(({ status }) => status === 'signed-in')).toEqualTypeOf<boolean>();
  });

  it('nobody can sign in by mistake: what the sign-in takes has to be said', () => {
    // @ts-expect-error Nobody knows what it takes.
    void useSession().signIn({ username: 'alice', password: '' });
  });
});

describe('a session that is named', () => {
  it('gives its types to each hook', () => {
    expectTypeOf(useSession<typeof session>()).toEqualTypeOf<typeof session>();
    expectTypeOf(useUser<typeof session>()).toEqualTypeOf<User | undefined>();
    expectTypeOf(useSessionState<typeof session>()).toEqualTypeOf<SessionState<User | undefined>>();
  });

  it('gives them to selectors, too', () => {
    expectTypeOf(useUser<string, typeof session>((user) => user?.role ?? 'none')).toEqualTypeOf<string>();
    const select = (state: SessionState<User | undefined>): number => (state.status === 'signed-in' ? 1 : 0);
    expectTypeOf(useSessionState<number, typeof session>(select)).toEqualTypeOf<number>();
    // @ts-expect-error There is no such field.
    useUser<unknown, typeof session>((user) => user?.nmae);
  });

  it('is a session', () => {
    // @ts-expect-error It is the name of a user.
    useSession<string>();
    // @ts-expect-error It is a user, not the session of one.
    useUser<User>();
  });
});
