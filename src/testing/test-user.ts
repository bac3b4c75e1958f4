import type { JwtClaims } from '../token/claims.ts';
import { own } from '../token/own.ts';

/**
 * Somebody who can sign in: what they type, as the form of the app sends it, such as `{ email, password }`, and what their
 * tokens claim. Both are read at each use, so that a test can change them.
 */
export interface TestUser {
  readonly [field: string]: unknown;
  /** What the tokens claim besides their own times. Default is `{ sub }`, the first text that the user types. */
  readonly claims?: JwtClaims;
}

/** The one password of users of whom nobody was told. */
const RIGHT = 'right';
/** What of a user is no name. */
const NO_NAMES: readonly string[] = ['password', 'claims'];

/**
 * The user who types this; undefined when there is none.
 *
 * @param users Undefined stands for any name, with the password `right`.
 */
export function findUser(users: readonly TestUser[] | undefined, typed: object): TestUser | undefined {
  if (!users) return own(typed, 'password') === RIGHT ? (typed as TestUser) : undefined;
  return users.find((user) =>
    Object.entries(user).every(([field, value]) => field === 'claims' || own(typed, field) === value),
  );
}

/** What the tokens of a user claim. */
export function claimsOf(user: TestUser): JwtClaims {
  const claims = own(user, 'claims') as JwtClaims | undefined;
  const isNamed = own(claims, 'sub') !== undefined || own(claims, 'user_id') !== undefined;
  return { ...(!isNamed && { sub: nameOf(user) }), ...claims };
}

/** What a user signs in with, in one word. */
export function nameOf(user: TestUser): string {
  const [, name] =
    Object.entries(user).find(([field, value]) => typeof value === 'string' && !NO_NAMES.includes(field)) ?? [];
  return String(name ?? own(own(user, 'claims'), 'sub') ?? 'user');
}
