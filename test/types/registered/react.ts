import type { RegisteredSession, RegisteredUser, Session, SessionState } from 'latchkey';
import { useSession, useSessionState, useUser } from 'latchkey/react';
import { expectTypeOf } from 'vitest';
import type { Form, guests, Profile, session } from './session.ts';

// The hooks know the session that the app registered.
expectTypeOf<RegisteredSession>().toEqualTypeOf<typeof session>();
expectTypeOf<RegisteredUser>().toEqualTypeOf<Profile | undefined>();
expectTypeOf(useSession()).toEqualTypeOf<typeof session>();
expectTypeOf(useSession().signIn).parameter(0).toEqualTypeOf<Form>();
expectTypeOf(useSession().signIn({ email: '', password: '' })).resolves.toEqualTypeOf<Profile | undefined>();
expectTypeOf(useUser()).toEqualTypeOf<Profile | undefined>();
expectTypeOf(useSessionState()).toEqualTypeOf<SessionState<Profile | undefined>>();

// So do their selectors.
expectTypeOf(useUser((user) => user?.name)).toEqualTypeOf<string | undefined>();
expectTypeOf(useUser((user) => user?.role === 'admin')).toEqualTypeOf<boolean>();
expectTypeOf(useUser(({ name } = { id: 0, name: '', role: 'user' }) => ({ name }))).toEqualTypeOf<{ name: string }>();
expectTypeOf(useSessionState((state) => state.status)).toEqualTypeOf<SessionState['status']>();
expectTypeOf(useSessionState((state) => (state.status === 'signed-in' ? state.user?.id : undefined))).toEqualTypeOf<
  number | undefined
>();
expectTypeOf(useSessionState<boolean>(({ status }) => status === 'signed-out')).toEqualTypeOf<boolean>();

// @ts-expect-error The form has no user name.
void useSession().signIn({ username: 'alice', password: '' });
// @ts-expect-error A password is missing.
void useSession().signIn({ email: 'alice' });
// @ts-expect-error There is no such field.
useUser((user) => user?.nmae);
// @ts-expect-error Nobody may be signed in.
useUser((user) => user.name);
// @ts-expect-error That is not what the user is like.
useUser((user: { readonly table: number } | undefined) => user?.table);
// @ts-expect-error It cannot be made another one by wishing.
const wished: Session<{ readonly code: string }, Profile> = useSession();
void wished;

// A second session is named.
expectTypeOf(useSession<typeof guests>()).toEqualTypeOf<typeof guests>();
expectTypeOf(useUser<typeof guests>()).toEqualTypeOf<{ readonly table: number } | undefined>();
expectTypeOf(useUser<number, typeof guests>((user) => user?.table ?? 0)).toEqualTypeOf<number>();
