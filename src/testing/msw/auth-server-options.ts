import {
  checkOptions,
  isBoolean,
  isFunction,
  isText,
  optional,
  type Rule,
  type Rules,
} from '../../platform/check-options.ts';
import { isJsonObject } from '../../token/own.ts';
import { type TestUser, USERS } from '../test-user.ts';
import { OAUTH2_PATHS } from './oauth2-server.ts';
import { SIMPLE_JWT_PATHS } from './simple-jwt-server.ts';

/** What `authServerHandlers` is told. */
export interface AuthServerOptions {
  /** Where the server is, as the backend of the app has it: `https://api.example.com/auth`, or `/auth` in a page; or the issuer. */
  readonly baseUrl: string;
  /** What it speaks: that of `djangorestframework-simplejwt` (default), or of an OpenID provider. */
  readonly kind?: 'simple-jwt' | 'oauth2';
  /**
   * Paths below `baseUrl`: `obtain`, `refresh`, `verify`, `blacklist`, or `token`, `revocation`, `authorization`, `endSession`.
   * Default: those of the kind.
   */
  readonly paths?: Readonly<Record<string, string>>;
  /** Who can sign in, and with what. Default: any `username`, with the `password` `right`. */
  readonly users?: readonly TestUser[];
  /** How long an access token lives, in milliseconds. Default is 300000 (5 minutes). */
  readonly accessLifetime?: number;
  /** How long a refresh token lives, in milliseconds. Default is 86400000 (a day). */
  readonly refreshLifetime?: number;
  /** Whether a refresh gives a new refresh token, and spends the old one. Default is true. */
  readonly rotate?: boolean;
  /** Whether a spent refresh token that comes again ends its whole sign-in. Default is true for `oauth2`, else false. */
  readonly reuseDetection?: boolean;
  /** How long a spent refresh token is still taken, in milliseconds. Default is 0. */
  readonly graceWindow?: number;
  /** The scheme of the `Authorization` header, for `simple-jwt`. Default is `Bearer`. */
  readonly headerType?: string;
  /** The one client that is known, for `oauth2`. Default: any. */
  readonly clientId?: string;
  /** The scopes that are granted, for `oauth2`; with `openid` there is an ID token. Default is `openid offline_access`. */
  readonly scope?: string;
  /** Milliseconds since 1970. Default is the machine's clock. */
  readonly now?: () => number;
}

/** The options, checked, with nothing left open but what stands for "any". */
export type AuthServerSettings = Required<Omit<AuthServerOptions, 'users' | 'clientId'>> & {
  readonly users: AuthServerOptions['users'] | undefined;
  readonly clientId: string | undefined;
};

const TIME: Rule = [optional((time) => Number.isFinite(time) && Number(time) > 0), 'must be milliseconds above 0'];
const FLAG: Rule = [optional(isBoolean), 'must be true or false'];
const TEXT: Rule = [optional(isText), 'must be text'];
const OPTIONS: Rules = {
  baseUrl: [isText, 'is missing; it is that of the backend, such as https://api.example.com/auth'],
  kind: [optional((kind) => kind === 'simple-jwt' || kind === 'oauth2'), "must be 'simple-jwt' or 'oauth2'"],
  paths: [optional(isJsonObject), 'must be an object of texts'],
  users: USERS,
  accessLifetime: TIME,
  refreshLifetime: TIME,
  rotate: FLAG,
  reuseDetection: FLAG,
  graceWindow: [optional((time) => typeof time === 'number' && time >= 0), 'must be milliseconds, 0 or more'],
  headerType: TEXT,
  clientId: TEXT,
  scope: TEXT,
  now: [optional(isFunction), 'must be a function'],
};

/**
 * Checks what `authServerHandlers` was given.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function normalizeAuthServerOptions(options: AuthServerOptions): AuthServerSettings {
  const {
    baseUrl,
    kind = 'simple-jwt',
    paths = {},
    users,
    accessLifetime = 300_000,
    refreshLifetime = 86_400_000,
    rotate = true,
    reuseDetection = kind === 'oauth2',
    graceWindow = 0,
    headerType = 'Bearer',
    clientId,
    scope = 'openid offline_access',
    now = () => Date.now(),
  } = checkOptions('authServerHandlers', options, OPTIONS);
  const known = Object.keys(kind === 'oauth2' ? OAUTH2_PATHS : SIMPLE_JWT_PATHS).map((path) => [path, TEXT] as const);
  return {
    baseUrl,
    kind,
    paths: checkOptions('authServerHandlers', paths, Object.fromEntries(known), 'paths.'),
    users,
    accessLifetime,
    refreshLifetime,
    rotate,
    reuseDetection,
    graceWindow,
    headerType,
    clientId,
    scope,
    now,
  };
}
