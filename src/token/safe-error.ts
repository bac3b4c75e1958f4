import { type AuthError, AuthUnavailableError, isAuthError } from '../errors.ts';
import { ERROR_KEYS, redact, safeCause } from './redact.ts';

/** What errors of latchkey have; whatever else somebody hung on one goes. */
const KNOWN: readonly PropertyKey[] = [
  ...ERROR_KEYS,
  'isAuthError',
  'reason',
  'status',
  'serverMessage',
  'serverCode',
  'fields',
  'retryAfter',
];

/**
 * Makes what a function of the app threw fit to be thrown on (LOG-2): an error of latchkey stays the very same one, with
 * its texts redacted and its cause made safe; anything else becomes the cause of "no verdict".
 *
 * @param message What an error that is not ours is called.
 * @param secrets Values that must not appear, such as the tokens of this very call.
 */
export function safeError(error: unknown, message: string, secrets: readonly string[]): AuthError {
  if (!isAuthError(error)) return new AuthUnavailableError(message, { cause: safeCause(error, secrets) });
  const parts = error as unknown as Record<PropertyKey, unknown>;
  const { cause } = error;
  for (const key of Reflect.ownKeys(error)) {
    if (KNOWN.includes(key)) parts[key] = clean(parts[key], secrets);
    else delete parts[key];
  }
  if (cause === undefined) return error;
  // Its own cause is off by now, so that errors which name each other come to an end.
  const value = isAuthError(cause) ? safeError(cause, message, secrets) : safeCause(cause, secrets);
  return Object.defineProperty(error, 'cause', {
    __proto__: null,
    value,
    configurable: true,
    writable: true,
  } as object);
}

/** Redacts text, and each text in the lists of a form's fields. */
function clean(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => clean(item, secrets));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[redact(key, secrets)] = clean(item, secrets);
  return copy;
}
