/**
 * Why a session ended. A closed union: an app can `switch` over it and show the user an honest sentence.
 *
 * `user`: `signOut()` was called here. `other-tab`: in another tab. `refresh-rejected`: the server refused the refresh
 * token. `account-disabled`: the server says that the account is locked or gone. `expired`: the access token died and
 * nothing could renew it. `idle`, `max-age`: a limit of the app. `storage-cleared`: the stored session was removed
 * from outside. `user-switched`: somebody else signed in. `provider`: the identity provider ended the session.
 */
export type SignOutReason =
  | 'user'
  | 'other-tab'
  | 'refresh-rejected'
  | 'account-disabled'
  | 'expired'
  | 'idle'
  | 'max-age'
  | 'storage-cleared'
  | 'user-switched'
  | 'provider';

/** What went wrong, as a closed union of machine codes; one for each error class. */
export type AuthErrorCode =
  | 'signed-out'
  | 'session-changed'
  | 'sign-in-rejected'
  | 'refresh-rejected'
  | 'auth-unavailable'
  | 'token-response'
  | 'token-store'
  | 'step-up-cancelled';

/** What every error of latchkey is. `cause`, where there is one, was scrubbed: no error holds a token (LOG-1). */
export class AuthError extends Error {
  /** True on every error of latchkey, whichever copy of the package made it. */
  readonly isAuthError = true;
  // Written out in each class: a minifier renames classes, and support reads names.
  override name = 'AuthError';
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Nobody is signed in, or the session ended while the request was waiting or under way. */
export class SignedOutError extends AuthError {
  override name = 'SignedOutError';
  /** Why the session ended; undefined when nobody was signed in to begin with. */
  readonly reason: SignOutReason | undefined;

  constructor(reason?: SignOutReason, cause?: unknown) {
    super('signed-out', `Signed out${reason ? ` (${reason})` : ''}: call session.signIn().`, cause);
    this.reason = reason;
  }
}

/** Another user signed in while this request of the previous user was waiting or under way; it was not sent as them. */
export class SessionChangedError extends AuthError {
  override name = 'SessionChangedError';

  constructor() {
    super('session-changed', 'Another user signed in: start it again for them.');
  }
}

/** The server refused to sign the user in: a wrong password, a locked account, an unverified e-mail address. */
export class SignInRejectedError extends AuthError {
  override name = 'SignInRejectedError';
  // Only declared: they are all assigned at once, below.
  /** The HTTP status of the answer. */
  declare readonly status: number;
  /** The server's own words, at most 300 characters of plain text, with anything like a token taken out. Not HTML. */
  declare readonly serverMessage: string | undefined;
  /** The server's machine code, such as `no_active_account`, where it sent one. */
  declare readonly serverCode: string | undefined;
  /** The server's messages by form field, such as `{ password: ['This field is required.'] }`. */
  declare readonly fields: Readonly<Record<string, readonly string[]>>;
  /** How long to wait before trying again, in milliseconds; undefined when the server did not say. */
  declare readonly retryAfter: number | undefined;

  constructor(
    status: number,
    details: {
      readonly serverMessage?: string | undefined;
      readonly serverCode?: string | undefined;
      readonly fields?: Readonly<Record<string, readonly string[]>> | undefined;
      readonly retryAfter?: number | undefined;
    } = {},
  ) {
    super(
      'sign-in-rejected',
      `Sign-in was rejected${status ? ` with status ${status}` : ''}: show error.serverMessage.`,
    );
    const own: typeof details = Object.assign(Object.create(null), details);
    const { serverMessage, serverCode, fields = {}, retryAfter } = own;
    Object.assign(this, { status, serverMessage, serverCode, fields, retryAfter });
  }
}

/** The server refused the refresh token for good: the session is over. A backend throws it, and nothing else ends one. */
export class RefreshRejectedError extends AuthError {
  override name = 'RefreshRejectedError';
  /** The reason that `signed-out` will give. */
  readonly reason: SignOutReason;

  constructor(reason: SignOutReason = 'refresh-rejected', cause?: unknown) {
    super('refresh-rejected', 'The refresh token was rejected: sign in again.', cause);
    this.reason = reason;
  }
}

/** The authorization server gave no verdict: offline, timed out, overloaded. The session stays; try again later. */
export class AuthUnavailableError extends AuthError {
  override name = 'AuthUnavailableError';
  /** How long to wait before trying again, in milliseconds; undefined when nobody said. */
  readonly retryAfter: number | undefined;
  /** The HTTP status of the answer that was no verdict; undefined when there was no answer. */
  readonly status: number | undefined;

  constructor(
    message: string,
    details: {
      readonly retryAfter?: number | undefined;
      readonly status?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    // Without what it may inherit (PPL-1).
    const { cause, retryAfter, status }: typeof details = Object.assign(Object.create(null), details);
    super('auth-unavailable', message, cause);
    this.retryAfter = retryAfter;
    this.status = status;
  }
}

/** A token response, or a token handed over by the app, is not what RFC 6749 section 5.1 asks for. */
export class TokenResponseError extends AuthError {
  override name = 'TokenResponseError';

  constructor(message: string, cause?: unknown) {
    super('token-response', message, cause);
  }
}

/** A token store could not read, write or remove the session: storage denied, full, or a cookie too large. */
export class TokenStoreError extends AuthError {
  override name = 'TokenStoreError';

  constructor(message: string, cause?: unknown) {
    super('token-store', message, cause);
  }
}

/** A server wants the user to prove who they are once more, and `onStepUp` rejected: the user did not. */
export class StepUpCancelledError extends AuthError {
  override name = 'StepUpCancelledError';

  constructor(cause?: unknown) {
    super('step-up-cancelled', 'The step-up was cancelled: start the request again to be asked once more.', cause);
  }
}

/**
 * Whether a value is an error of latchkey, also one of another copy of the package.
 *
 * @example
 * try { await api.get('/me') } catch (error) { if (isAuthError(error) && error.code === 'signed-out') showSignIn() }
 */
export function isAuthError(value: unknown): value is AuthError {
  return value instanceof Error && Object.hasOwn(value, 'isAuthError');
}
