import type { SignOutReason } from '../errors.ts';
import type { JwtClaims } from '../token/claims.ts';
import type { SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';

/** What a backend's functions are given besides their arguments. */
export interface BackendContext {
  /** Aborts when the engine has given up on the answer: after 30 seconds, or 5 for a revocation. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  /** The platform's own `fetch`, outside every interceptor of the app. */
  readonly fetch: typeof fetch;
}

/** What a request carries to prove who sends it. */
export interface Presentation {
  readonly headers?: Readonly<Record<string, string>>;
  /** Default is what the request says. */
  readonly credentials?: RequestCredentials;
}

/** An answer of a resource server, the same for every transport. */
export interface Answer {
  readonly status: number;
  /** Of the request, in capitals. */
  readonly method: string;
  /** The URL that answered, after redirects where the transport can tell. */
  readonly url: string;
  /** A header's value; undefined when it is absent, or hidden by CORS. */
  header(name: string): string | undefined;
  /** The body as JSON; undefined when it is none. Reading it takes nothing from the caller. */
  body(): Promise<unknown>;
}

/** How a user has to prove who they are before a server does what was asked of it (RFC 9470 section 3). */
export interface StepUp {
  /** Ways of signing in, the preferred one first, of which one is needed; undefined when any will do. */
  readonly acrValues?: readonly string[] | undefined;
  /** How long ago the user may have signed in, in milliseconds; undefined when that does not matter. */
  readonly maxAge?: number | undefined;
  /** Scopes that the new token needs, separated by spaces; undefined when they were not named. */
  readonly scope?: string | undefined;
}

/**
 * What an answer says of the token that it answers. `refused`: it was not taken, and a newer one may be. `resend`: it was
 * not looked at, and what `present` gives by now may do better, such as another CSRF value. `ended`: the session is over,
 * whatever its tokens say. `stepUp`: the token is good, and the user has to prove more than it says.
 */
export type Judgement =
  | 'accepted'
  | 'refused'
  | 'resend'
  | { readonly ended: SignOutReason }
  | { readonly stepUp: StepUp };

/** Why a refresh is wished for: the token is dead, will be soon, was refused by a server, or the app asks. */
export type RefreshCause = 'expired' | 'window' | 'refused' | 'asked';

/** Why tokens are to be made worthless. */
export interface Revocation {
  /** Whether the user signs out on all devices. */
  readonly everywhere: boolean;
  /**
   * Whether the same user has signed in anew. A server that has one grant for all sign-ins of a user would take the new
   * tokens along with the old ones. Default is false.
   */
  readonly isReplaced?: boolean;
}

/** What a refresh is; a server under load can tell by it who comes again. */
export interface RefreshAttempt {
  /** How often this page has sent this refresh token, this time included; from 1. */
  readonly attempt: number;
  readonly cause: RefreshCause;
}

/**
 * The authorization server as one deployment speaks it. A plain object of these functions is a backend.
 *
 * A `refresh` ends the session by throwing a `RefreshRejectedError`, and by nothing else: whatever else it throws counts
 * as "no verdict", and the session stays.
 */
export interface Backend<SignIn = never, Claims = JwtClaims> {
  /** Who holds the refresh token: the record (default), or a cookie that only the browser sees. */
  readonly credential?: 'record' | 'cookie';
  /** URLs, or paths from the page, to which no token is ever attached, such as those of sign-in and refresh. */
  readonly endpoints?: readonly string[];
  /** Gets new tokens for a session. Absent when nothing can be renewed. */
  refresh?(record: SessionRecord, context: BackendContext, why?: RefreshAttempt): Promise<TokenInput>;
  /**
   * Whether a refresh gives new tokens while the old ones still live. Default is true; false for a server that renews by
   * itself and when it is time: then nothing is asked before, and what waits does so until then.
   */
  readonly renewsEarly?: boolean;
  /** Gets the first tokens for what the user typed. */
  signIn?(parameters: SignIn, context: BackendContext): Promise<TokenInput>;
  /** Makes the tokens of a session worthless on the server. */
  revoke?(record: SessionRecord, context: BackendContext, why: Revocation): Promise<void>;
  /** Asks the server whether a session's access token is good. Used by `restore: 'verify'`. */
  verify?(record: SessionRecord, context: BackendContext): Promise<'accepted' | 'refused'>;
  /** What a request carries. Default is `Authorization: <token type> <access token>` (RFC 6750 section 2.1). */
  present?(record: SessionRecord, request: { readonly url: URL; readonly method: string }): Presentation;
  /**
   * What an answer of status 400 or above says of the token. Default: 401 is `refused`, everything else `accepted`. A 401
   * that demands a step-up, and a 403 for want of a scope, are understood before it is asked (RFC 9470, RFC 6750).
   */
  judge?(answer: Answer): Judgement | Promise<Judgement>;
  /**
   * Finds the newer tokens that a server hands out along with an answer of status below 400 to one of ours. They are taken
   * up only if they are newer than those in use, and of the same user. Default: there are none.
   */
  renewed?(answer: Answer): TokenInput | undefined | Promise<TokenInput | undefined>;
  /** Headers of the answers that `renewed` and `judge` read: from another origin the server has to expose them (CORS). */
  readonly exposedHeaders?: readonly string[];
  /** Reads the server's own answer to a sign-in, for `session.signInWithTokens(backend.tokensFrom(answer))`. */
  tokensFrom?(body: unknown): TokenInput;
  /** Never present. It ties the claims' type to the backend, so that `session.getState().user` has it. */
  readonly __claims?: Claims;
}
