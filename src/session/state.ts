import type { SignOutReason } from '../errors.ts';
import type { JwtClaims } from '../token/claims.ts';

/** What an app can show of a session. It holds no token. The object stays the same until something changes. */
export type SessionState<User = JwtClaims> =
  /** What was stored is still being looked at. */
  | { readonly status: 'restoring' }
  | {
      readonly status: 'signed-in';
      /** The claims of the ID token, or else of the access token, a hint; an empty object when there are none to read. */
      readonly user: User;
      /** In milliseconds since 1970; undefined when nobody said. */
      readonly tokenExpiresAt?: number | undefined;
      /** When the session will end for certain, in milliseconds since 1970; undefined while it can be renewed. */
      readonly endsAt?: number | undefined;
    }
  /** `reason` is undefined where no session ended: a first visit. */
  | { readonly status: 'signed-out'; readonly reason?: SignOutReason | undefined };
