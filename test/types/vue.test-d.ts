import { createSession, type JwtClaims, memoryStore, type Session, type SessionState } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createTestSession } from 'latchkey/testing';
import { sessionPlugin, useSession, useSessionState, useUser } from 'latchkey/vue';
import { describe, expectTypeOf, it } from 'vitest';
import { type ComputedRef, createApp } from 'vue';

interface Profile {
  readonly name: string;
}

const session = createSession({
  backend: simpleJwt({ baseUrl: '/auth' }),
  store: memoryStore(),
  loadUser: async (): Promise<Profile> => ({ name: 'Alice' }),
});

describe('the composables, where no session is registered', () => {
  it('know what all sessions have', () => {
    expectTypeOf(useSession()).toEqualTypeOf<Session<never, JwtClaims>>();
    expectTypeOf(useSessionState()).toEqualTypeOf<ComputedRef<SessionState<JwtClaims>>>();
    expectTypeOf(useUser()).toEqualTypeOf<ComputedRef<JwtClaims | undefined>>();
    // @ts-expect-error What a sign-in takes is not known.
    void useSession().signIn({ username: '', password: '' });
  });

  it('are told the session by its type', () => {
    expectTypeOf(useSession<typeof session>()).toEqualTypeOf<typeof session>();
    expectTypeOf(useSessionState<typeof session>()).toEqualTypeOf<ComputedRef<SessionState<Profile | undefined>>>();
    expectTypeOf(useUser<typeof session>()).toEqualTypeOf<ComputedRef<Profile | undefined>>();
    // @ts-expect-error That is no session.
    useSession<Profile>();
    // @ts-expect-error Nobody may be signed in.
    void useUser<typeof session>().value.name;
  });

  it('give refs that nobody else can write', () => {
    // @ts-expect-error It is read only.
    useUser().value = {};
    // @ts-expect-error It is read only.
    useSessionState().value = { status: 'signed-out' };
  });
});

describe('sessionPlugin', () => {
  it('takes any session, and is a plugin', () => {
    createApp({}).use(sessionPlugin(session)).use(sessionPlugin(createTestSession()));
    // @ts-expect-error It is no session.
    sessionPlugin({});
    // @ts-expect-error The session is missing.
    sessionPlugin();
  });
});
