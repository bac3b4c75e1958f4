import { optional, type Rule } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';

/**
 * Somebody who can sign in: what they type, as the form of the app sends it, such as `{ email, password }`, and what their
 * tokens claim. Both are read at each use, so that a test can change them.
 */
export interface TestUser {
  readonly [field: string]: unknown;
  /** What the tokens claim besides their own times. Default is `{ sub }`, the first text that the user types. */
  readonly claims?: JwtClaims;
}

/** Of the option `users`. */
export const USERS: Rule = [
  optional((users) => Array.isArray(users) && users.every(isTestUser)),
  'must be a list, such as [{ username, password, claims }], each with what the user types',
];
/** The one password of users of whom nobody was told. */
const RIGHT = 'right';
/** What of a user is no name. */
const NO_NAMES: readonly string[] = ['password', 'claims'];

/**
 * The user who types this; undefined when there is none. Numbers are compared as what was typed: 7 is `7`.
 *
 * @param users Undefined stands for any name, with the password `right`.
 */
export function findUser(users: readonly TestUser[] | undefined, typed: object): TestUser | undefined {
  if (!users) return own(typed, 'password') === RIGHT ? (typed as TestUser) : undefined;
  return users.find((user) => {
    const fields = fieldsOf(user);
    return fields.length > 0 && fields.every((field) => isSame(own(typed, field), user[field]));
  });
}

/** What a user types: the names of it. */
export function fieldsOf(user: TestUser): readonly string[] {
  return Object.keys(user).filter((field) => field !== 'claims');
}

/** What the tokens of a user claim. */
export function claimsOf(user: TestUser): JwtClaims {
  const claims = own(user, 'claims') as JwtClaims | undefined;
  const isNamed = own(claims, 'sub') !== undefined || own(claims, 'user_id') !== undefined;
  return { ...(!isNamed && { sub: nameOf(user) }), ...claims };
}

/** What a user signs in with, in one word. */
export function nameOf(user: TestUser): string {
  const typed = Object.entries(user).flatMap(([field, value]) => (NO_NAMES.includes(field) ? [] : [value]));
  const name = typed.find((value) => typeof value === 'string') ?? typed.find((value) => typeof value === 'number');
  return String(name ?? own(own(user, 'claims'), 'sub') ?? 'user');
}

/** One without anything to type could be anybody. */
function isTestUser(user: unknown): boolean {
  if (!isJsonObject(user) || fieldsOf(user).length === 0) return false;
  const claims = own(user, 'claims');
  return (claims === undefined || isJsonObject(claims)) && fieldsOf(user).every((field) => isTyped(user[field]));
}

function isTyped(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A form sends texts, and JSON numbers, too. */
function isSame(typed: unknown, right: unknown): boolean {
  return isTyped(typed) && String(typed) === String(right);
}
