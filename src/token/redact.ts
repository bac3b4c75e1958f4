const REDACTED = '[redacted]';

/**
 * What looks like a credential in free text: JWTs, cookies, `Bearer …`, an authorization code in a URL, and
 * `refresh_token=…` in any of its spellings (LOG-4). Each matches in one pass: the text may be an attacker's.
 */
const CREDENTIALS: readonly RegExp[] = [
  /eyJ[\w-]{10}[\w.-]*/g,
  /\b(?:set-)?cookie:[^\r\n]+/gi,
  /\b(?:Bearer|JWT|DPoP|Basic)\s+[^\s"',]+/gi,
  /[?&#]code=[^\s"'&]+/gi,
  /(?:token|access|refresh|password|secret|sessionid)["']?\s*[=:]\s*(?:"[^"]*"?|'[^']*'?|[^\s"'&,}]+)/gi,
];
/** More of a text than this is not looked at, and not shown. */
const MAX_TEXT = 4096;
/** Control characters, line ends, and what turns the direction of the text around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g;
/** What an error has of its own accord. */
export const ERROR_KEYS: readonly PropertyKey[] = ['name', 'message', 'stack', 'code'];

/**
 * Takes out of a text whatever looks like a credential, and the secrets that are known.
 *
 * @param secrets Values that must not appear, such as the tokens and the password of this very call.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = withoutSecrets(text, secrets);
  for (const pattern of CREDENTIALS) clean = clean.replace(pattern, REDACTED);
  return clean;
}

/**
 * Makes text of a server safe to show and to log: redacted, without control characters, at most 300 characters (LOG-6).
 * It is still somebody else's text: render it as text, never as HTML.
 */
export function safeText(text: string, secrets: readonly string[] = []): string {
  // The known secrets go first: a cut through the middle of one would leave a piece that nothing recognises (LOG-1).
  const plain = redact(withoutSecrets(text, secrets).slice(0, MAX_TEXT)).replace(UNPRINTABLE, ' ');
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

/** Every string and number in a value of a few levels: what the parameters of a sign-in hold is secret, whatever it is called. */
export function stringsIn(value: unknown, depth = 3): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  // Forms and maps have entries instead of properties.
  const { values } = value as { values?: unknown };
  const items = typeof values === 'function' ? (values.call(value) as Iterable<unknown>) : Object.values(value);
  return Array.from(items).flatMap((item) => stringsIn(item, depth - 1));
}

/**
 * Makes an error fit to be the `cause` of another (LOG-2). A plain error without anything secret is kept as it is;
 * one that carries more, as an axios error carries its request, is replaced by a stand-in with its name, code, status
 * and redacted message.
 */
export function safeCause(cause: unknown, secrets: readonly string[] = []): Error {
  const isError = cause instanceof Error;
  if (isError && isHarmless(cause, secrets)) return cause;
  const text = (value: unknown): string => safeText(asText(value), secrets);
  const { name, message, code, status } = (isError ? cause : { __proto__: null, message: cause }) as ErrorParts;
  return Object.assign(
    new Error(text(message)),
    isError && { name: text(name) },
    typeof code === 'string' && { code: text(code) },
    typeof status === 'number' && { status },
  );
}

/** What is kept of somebody else's error. */
type ErrorParts = { readonly [Part in 'name' | 'message' | 'code' | 'status']?: unknown };

/** Whether an error is made of nothing but plain text, and none of it secret. */
function isHarmless(error: Error, secrets: readonly string[]): boolean {
  if (Reflect.ownKeys(error).some((key) => !ERROR_KEYS.includes(key))) return false;
  const { name, message, stack = '', code = '' } = error as Error & { code?: unknown };
  if ([name, message, stack, code].some((part) => typeof part !== 'string' && typeof part !== 'number')) return false;
  const text = `${name}\n${message}\n${code}\n${stack}`;
  return text.length <= 2 * MAX_TEXT && redact(text, secrets) === text;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The longer ones first: one may begin with another, and its rest would stay.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    // Shorter ones would blank out common words; a token or password of three characters protects nothing anyway.
    if (secret.length > 3) clean = clean.replaceAll(secret, REDACTED);
  }
  return clean;
}

function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something that is no text';
  }
}
