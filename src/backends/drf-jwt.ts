import { RefreshRejectedError } from '../errors.ts';
import {
  checkOptions,
  isBoolean,
  isObject,
  isText,
  optional,
  type Rule,
  type Rules,
} from '../platform/check-options.ts';
import type { JwtClaims } from '../token/claims.ts';
import { isJsonObject, own } from '../token/own.ts';
import { readTokenResponse } from '../token/token-response.ts';
import { createDialectBackend, type PresetBackend } from './dialect.ts';
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

const TEXT: Rule = [optional(isText), 'must be text'];
const OPTIONS: Rules = {
  baseUrl: [isText, "must be text, such as 'https://api.example.com'"],
  paths: [optional(isObject), 'must be an object'],
  headerType: [optional((type) => isText(type) && /^[\w-]+$/.test(String(type))), 'must be one word, such as JWT'],
  accessLifetime: [optional((time) => Number.isFinite(time) && Number(time) > 0), 'must be milliseconds above 0'],
  allowInsecure: [optional(isBoolean), 'must be true or false'],
};

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
  const { baseUrl, paths = {}, headerType = 'JWT', accessLifetime: lifetime, allowInsecure = false } = given;
  const {
    obtain = 'api-token-auth/',
    refresh = 'api-token-refresh/',
    verify = 'api-token-verify/',
  } = checkOptions('drfJwt', paths, { obtain: TEXT, refresh: TEXT, verify: TEXT }, 'paths.');
  return createDialectBackend<SignIn, Claims>({
    baseUrl,
    allowInsecure,
    paths: [obtain, refresh, verify],
    tokensFrom: (body) => ({
      ...readTokenResponse(body, { accessToken: 'token', refreshToken: 'token' }),
      tokenType: headerType,
      ...(lifetime && { lifetime }),
    }),
    // Its serializers say "no" in this form: to a dead token, to one that is too old, to a closed account.
    rejection: ({ status, body }) =>
      status === 400 && isJsonObject(body) && Array.isArray(own(body, 'non_field_errors'))
        ? new RefreshRejectedError()
        : undefined,
    signIn: (parameters) => ({ to: obtain, json: parameters }),
    refresh: ({ tokens }) => ({ to: refresh, json: { token: tokens.refreshToken } }),
    verify: ({ tokens }) => ({ to: verify, json: { token: tokens.accessToken } }),
  });
}
