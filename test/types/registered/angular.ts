import type { Signal } from '@angular/core';
import type { Session, SessionState } from 'latchkey';
import { injectSession, injectSessionState, injectUser, provideSession } from 'latchkey/angular';
import { expectTypeOf } from 'vitest';
import { type Form, guests, type Profile, session } from './session.ts';

// The hooks know the session that the app registered.
expectTypeOf(injectSession()).toEqualTypeOf<typeof session>();
expectTypeOf(injectSession().signIn).parameter(0).toEqualTypeOf<Form>();
expectTypeOf(injectSession().signIn({ email: '', password: '' })).resolves.toEqualTypeOf<Profile | undefined>();
expectTypeOf(injectUser()).toEqualTypeOf<Signal<Profile | undefined>>();
expectTypeOf(injectUser()()?.role).toEqualTypeOf<'admin' | 'user' | undefined>();
expectTypeOf(injectSessionState()).toEqualTypeOf<Signal<SessionState<Profile | undefined>>>();

// @ts-expect-error The form has no user name.
void injectSession().signIn({ username: 'alice', password: '' });
// @ts-expect-error There is no such field.
injectUser()()?.nmae;
// @ts-expect-error Nobody may be signed in.
injectUser()().name;
// @ts-expect-error They are for reading.
injectUser().set(undefined);
// @ts-expect-error They are for reading.
injectSessionState().set({ status: 'signed-out' });
// @ts-expect-error It cannot be made another one by wishing.
const wished: Session<{ readonly code: string }, Profile> = injectSession();
void wished;

// A second session is named.
expectTypeOf(injectSession<typeof guests>()).toEqualTypeOf<typeof guests>();
expectTypeOf(injectUser<typeof guests>()).toEqualTypeOf<Signal<{ readonly table: number } | undefined>>();
provideSession(session);
provideSession(guests, { resourceServers: ['https://guests.example.com'] });
