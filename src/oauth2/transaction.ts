import { type TabItems, tabItems } from '../platform/tab-items.ts';
import { isJsonObject, ownOptions } from '../token/own.ts';

/** What this tab keeps of a request to the provider until the answer comes, by its `state`. */
export interface Transaction {
  readonly kind: 'sign-in' | 'sign-out';
  /** Whom it was sent to: another one's answer is none (RFC 9700 section 4.4). */
  readonly issuer: string;
  readonly clientId: string;
  readonly returnTo: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentAt: number;
  /** The secret that makes the code worthless to anybody else (RFC 7636). */
  readonly verifier?: string | undefined;
  readonly nonce?: string | undefined;
  /** In milliseconds. */
  readonly maxAge?: number | undefined;
  readonly remember?: boolean | undefined;
}

/** The number is the version of the form above: what an older or a newer release has kept is left alone. */
const items: TabItems = tabItems('latchkey.oauth2.1.');
/** An answer that takes longer is answered to nothing, in milliseconds. */
const LONGEST = 86_400_000;

/** Keeps a request by its state, besides others that are under way, and forgets those that nobody will answer any more. */
export function keepTransaction(state: string, transaction: Transaction): void {
  for (const name of items.names()) {
    if (!readTransaction(name, transaction.sentAt)) items.remove(name);
  }
  items.keep(state, JSON.stringify({ __proto__: null, ...transaction }));
}

/** The request that has this state; undefined when there is none, or it was answered before, or is too old. */
export function readTransaction(state: string, now: number): Transaction | undefined {
  const stored = parse(items.read(state));
  if (!isJsonObject(stored)) return undefined;
  const { kind, issuer, clientId, returnTo, sentAt, verifier, nonce, maxAge, remember } = ownOptions(stored);
  const isWhole =
    (kind === 'sign-in' || kind === 'sign-out') &&
    [issuer, clientId, returnTo].every((text) => typeof text === 'string') &&
    (kind === 'sign-out' || typeof verifier === 'string') &&
    typeof sentAt === 'number' &&
    now - sentAt <= LONGEST;
  if (!isWhole) return undefined;
  return {
    kind,
    issuer: String(issuer),
    clientId: String(clientId),
    returnTo: String(returnTo),
    sentAt,
    verifier: typeof verifier === 'string' ? verifier : undefined,
    nonce: typeof nonce === 'string' ? nonce : undefined,
    maxAge: typeof maxAge === 'number' ? maxAge : undefined,
    remember: typeof remember === 'boolean' ? remember : undefined,
  };
}

/** A state answers one request, once. */
export function forgetTransaction(state: string): void {
  items.remove(state);
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
