import { RefreshRejectedError } from '../errors.ts';
import { checkOptions, type Rules } from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import { createDialectBackend, type PresetBackend } from './dialect.ts';
import { COMMON, LIFETIME, SCHEME, TEXT } from './rules.ts';
import type { UsernameAndPassword } from './simple-jwt.ts';

/** How a Django project mounts `djangorestframework-jwt`, or one of its successors. */
export interface DrfJwtOptions {
  /** Below which its views are, such as `https://api.example.com`. */
  readonly baseUrl: string;
  /** The paths below it. Defaults are `api-token-auth/`, `api-token-refresh/` and `api-token-verify/`. */
  readonly paths?: { readonly obtain?: string; readonly refresh?: string; readonly verify?: string };
  /** `JWT_AUTH_HEADER_PREFIX`. Default is `JWT`. */
  readonly headerType?: string;
  /** `JWT_EXPIRATION_DELTA`, in milliseconds: its tokens do not say when they were issued. Default is by the device's clock. */
  readonly accessLifetime?: number;
  /** Allows plain http beyond this machine, for closed networks. Default is false. */
  readonly allowInsecure?: boolean;
}

const OPTIONS: Rules = { ...COMMON, headerType: SCHEME, accessLifetime: LIFETIME };
const PATHS: Rules = { obtain: TEXT, refresh: TEXT, verify: TEXT };
/** Both are the same. */
const NAMES = { accessToken: 'token', refreshToken: 'token' };

/**
 * The older single token of Django: `obtain_jwt_token` and `refresh_jwt_token`. It is renewed while it still lives, so a
 * session ends when nobody has used it for the length of `JWT_EXPIRATION_DELTA`, or at `JWT_REFRESH_EXPIRATION_DELTA`.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * drfJwt({ baseUrl: 'https://api.example.com' }) // api-token-auth/, api-token-refresh/, api-token-verify/
 */
export function drfJwt<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: DrfJwtOptions,
): PresetBackend<SignIn, Claims> {
  const given = checkOptions('drfJwt', options, OPTIONS);
  const { paths = {}, headerType = 'JWT', accessLifetime: lifetime } = given;
  const {
    obtain = 'api-token-auth/',
    refresh = 'api-token-refresh/',
    verify = 'api-token-verify/',
  } = checkOptions('drfJwt', paths, PATHS, 'paths.');
  return createDialectBackend<SignIn, Claims>({
    ...given,
    paths: [obtain, refresh, verify],
    tokensFrom: (body) => ({ ...readTokenResponse(body, NAMES), tokenType: headerType, ...(lifetime && { lifetime }) }),
    // Its serializers say "no" in this form: to a dead token, to one that is too old, to a closed account.
    rejection: ({ status, body }) =>
      status === 400 && Array.isArray(own(body, 'non_field_errors')) ? new RefreshRejectedError() : undefined,
    signIn: (parameters) => ({ to: obtain, json: parameters }),
    refresh: ({ tokens }) => ({ to: refresh, json: { token: tokens.refreshToken } }),
    verify: ({ tokens }) => ({ to: verify, json: { token: tokens.accessToken } }),
  });
}
