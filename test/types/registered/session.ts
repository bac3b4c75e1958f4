import { createSession, memoryStore, type Session } from 'latchkey';
import { djoser } from 'latchkey/backends';

/** Who is signed in to the app that registers its session here: what its server says of them. */
export interface Profile {
  readonly id: number;
  readonly name: string;
  readonly role: 'admin' | 'user';
}

/** What the form of that app sends. */
export interface Form {
  readonly email: string;
  readonly password: string;
}

export const session: Session<Form, Profile | undefined> = createSession({
  backend: djoser<Form>({ baseUrl: '/auth' }),
  store: memoryStore(),
  loadUser: async (): Promise<Profile> => ({ id: 1, name: 'Alice', role: 'admin' }),
});

/** A second one, of other people. */
export const guests: Session<{ readonly code: string }, { readonly table: number }> = createSession({
  backend: { signIn: async ({ code }: { readonly code: string }) => ({ accessToken: code }) },
  store: memoryStore(),
  name: 'guests',
}) as never;

declare module 'latchkey' {
  interface Register {
    session: typeof session;
  }
}
