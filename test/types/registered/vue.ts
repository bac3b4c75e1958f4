import type { Session, SessionState } from 'latchkey';
import { useSession, useSessionState, useUser } from 'latchkey/vue';
import { expectTypeOf } from 'vitest';
import type { ComputedRef } from 'vue';
import type { Form, guests, Profile, session } from './session.ts';

// The composables know the session that the app registered.
expectTypeOf(useSession()).toEqualTypeOf<typeof session>();
expectTypeOf(useSession().signIn).parameter(0).toEqualTypeOf<Form>();
expectTypeOf(useSession().signIn({ email: '', password: '' })).resolves.toEqualTypeOf<Profile | undefined>();
expectTypeOf(useUser()).toEqualTypeOf<ComputedRef<Profile | undefined>>();
expectTypeOf(useUser().value?.role).toEqualTypeOf<'admin' | 'user' | undefined>();
expectTypeOf(useSessionState()).toEqualTypeOf<ComputedRef<SessionState<Profile | undefined>>>();

// @ts-expect-error The form has no user name.
void useSession().signIn({ username: 'alice', password: '' });
// @ts-expect-error A password is missing.
void useSession().signIn({ email: 'alice' });
// @ts-expect-error There is no such field.
void useUser().value?.nmae;
// @ts-expect-error Nobody may be signed in.
void useUser().value.name;
// @ts-expect-error It cannot be made another one by wishing.
const wished: Session<{ readonly code: string }, Profile> = useSession();
void wished;

// A second session is named.
expectTypeOf(useSession<typeof guests>()).toEqualTypeOf<typeof guests>();
expectTypeOf(useUser<typeof guests>()).toEqualTypeOf<ComputedRef<{ readonly table: number } | undefined>>();
