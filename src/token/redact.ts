const REDACTED = '[redacted]';

/** What looks like a credential in free text: JWTs, `Bearer …`, and `refresh_token=…` in any of its spellings (LOG-4). */
const CREDENTIALS: readonly RegExp[] = [
  /\beyJ[\w-]*(?:\.[\w-]*)+/g,
  /\b(?:Bearer|JWT|DPoP|Basic)\s+[^\s"',]+/gi,
  /\b(?:access|refresh|id|csrf)?[_-]?(?:token|access|refresh|password|secret)["']?\s*[=:]\s*["']?[^\s"'&,}]+/gi,
];

/**
 * Takes out of a text whatever looks like a credential, and the secrets that are known.
 *
 * @param secrets Values that must not appear, such as the tokens and the password of this very call.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    // Shorter ones would blank out common words; a token or password of three characters protects nothing anyway.
    if (secret.length > 3) clean = clean.replaceAll(secret, REDACTED);
  }
  for (const pattern of CREDENTIALS) clean = clean.replace(pattern, REDACTED);
  return clean;
}

/**
 * Makes text of a server safe to show and to log: redacted, without control characters, at most 300 characters (LOG-6).
 * It is still somebody else's text: render it as text, never as HTML.
 */
export function safeText(text: string, secrets: readonly string[] = []): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here.
  const plain = redact(text.slice(0, 4096), secrets).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

/** Every string in a value of a few levels: what the parameters of a sign-in hold is secret, whatever it is called. */
export function stringsIn(value: unknown, depth = 3): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((item) => stringsIn(item, depth - 1));
}

/**
 * Makes an error fit to be the `cause` of another (LOG-2). A plain error without anything secret is kept as it is;
 * one that carries more, as an axios error carries its request, is replaced by a stand-in with its name, code, status
 * and redacted message.
 */
export function safeCause(cause: unknown, secrets: readonly string[] = []): Error {
  if (!(cause instanceof Error)) return new Error(safeText(String(cause), secrets));
  const extra = Object.getOwnPropertyNames(cause).filter((key) => !['message', 'stack', 'name', 'code'].includes(key));
  const text = `${cause.message}\n${cause.stack}`;
  if (extra.length === 0 && redact(text, secrets) === text) return cause;
  const standIn = new Error(safeText(cause.message, secrets));
  standIn.name = cause.name;
  const { code, status } = cause as { code?: unknown; status?: unknown };
  return Object.assign(
    standIn,
    typeof code === 'string' ? { code } : undefined,
    typeof status === 'number' ? { status } : undefined,
  );
}
