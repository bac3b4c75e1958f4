import { checkOptions, isFunction, isText, optional, type Rule, type Rules } from '../platform/check-options.ts';
import { cookieValues } from '../platform/page-cookie.ts';
import { decodeClaims, subjectOf } from '../token/claims.ts';
import { isJsonObject, own, ownOptions } from '../token/own.ts';
import type { TokenInput } from '../token/token-set.ts';

/** Where script may have kept tokens. */
export type LegacyPlace = 'localStorage' | 'sessionStorage' | 'cookie';

/** Where an older client keeps its tokens: by `access` and `refresh`, by `record`, or by `read` and `remove`. */
export interface LegacyOptions {
  /** The key, or the name of the cookie, of the access token: as it is, or as JSON text. */
  readonly access?: string;
  /** The same of the refresh token. */
  readonly refresh?: string;
  /**
   * The key of a JSON object that has both, as `accessToken` and `refreshToken`, or as a server spells them; axios-jwt's is
   * `auth-tokens-production`. The whole of it is removed once it was taken over.
   */
  readonly record?: string;
  /**
   * Where they are; of several places the first that has all of them, else each from the first that has it, unless they are
   * of different users. Default is `localStorage`. Beside `read`, say it where that reads web storage: what an old copy of
   * the app writes there later is believed; anywhere else, another host of the domain may have planted it.
   */
  readonly from?: LegacyPlace | readonly LegacyPlace[];
  /** With what path the cookies were set, by which they are removed. Default is `/`. */
  readonly path?: string;
  /** The same of their domain. Default is this host alone. */
  readonly domain?: string;
  /** The scheme of the `Authorization` header. Default is `Bearer`; give it where the backend has another `headerType`. */
  readonly tokenType?: string;
  /**
   * Reads them from wherever else they are, spelled as in a `record`; undefined when there are none. It must not be slow, and
   * nothing may be awaited.
   */
  readonly read?: () => object | undefined;
  /** Removes what `read` reads: after it, `read` must find none. */
  readonly remove?: () => void;
}

/** The tokens that an older client has left. */
export interface LegacyTokens {
  readonly tokens: TokenInput;
  /** Whether they outlived the browser. */
  readonly remember: boolean;
}

export interface LegacySource {
  /** Whether only this page's origin can have written there, so that what comes later is the older client's as well (CKI-4). */
  readonly isOurs: boolean;
  /**
   * What is there; undefined when nothing is.
   *
   * @throws {RangeError} When it is no token, saying where it is and not what it is.
   */
  read(): LegacyTokens | undefined;
  /** Removes it. Gives what to do about it when it is still there. */
  remove(): string | undefined;
}

const PLACES: readonly unknown[] = ['localStorage', 'sessionStorage', 'cookie'] satisfies LegacyPlace[];
const KEY: Rule = [optional(isText), 'must be a key'];
const FUNCTION: Rule = [optional(isFunction), 'must be a function'];
/** An attribute's value must not end it, or start another (CKI-2). */
const ATTRIBUTE: Rule = [optional((value) => /^[^;,\s]+$/.test(String(value))), 'is not usable in a cookie'];
const OPTIONS: Rules = {
  access: KEY,
  refresh: KEY,
  record: KEY,
  from: [
    optional((from) => [from].flat().length > 0 && [from].flat().every((place) => PLACES.includes(place))),
    "must be 'localStorage', 'sessionStorage' or 'cookie', or a list of them",
  ],
  path: ATTRIBUTE,
  domain: ATTRIBUTE,
  tokenType: [optional(isText), 'must be a scheme, such as JWT'],
  read: FUNCTION,
  remove: FUNCTION,
};

/** How a server, or a client, may have spelled them. */
const SPELLINGS = {
  access: ['accessToken', 'access_token', 'access', 'token'],
  refresh: ['refreshToken', 'refresh_token', 'refresh'],
} as const;
/** What is stored where somebody meant to store nothing. */
const NOTHING: readonly unknown[] = [undefined, null, '', 'undefined', 'null'];
/** What a header can carry (ATT-9), is no JSON, and no longer than any token. */
const TOKEN = /^[\x21\x23-\x5a\x5c-\x7a\x7c-\x7e][\x21-\x7e]{0,65535}$/;

/** What was found under one key of one place. */
interface Found {
  readonly key: string;
  readonly place: LegacyPlace;
  readonly value: unknown;
}

/**
 * The place where an older client keeps its tokens.
 *
 * @throws {TypeError} When an option is wrong, or none says where they are.
 */
export function legacySource(options: LegacyOptions): LegacySource {
  const given = checkOptions('importLegacy', options, OPTIONS);
  const { access, refresh, record, from = 'localStorage', tokenType = 'Bearer', read, remove } = given;
  const keys = [...new Set([access, refresh, record])].filter((key) => key !== undefined);
  if (keys.length === 0 ? !read || !remove : read || remove || (record && keys.length > 1)) {
    throw new TypeError('importLegacy: give access and refresh, or record, or read and remove.');
  }
  const places = [from].flat() as readonly LegacyPlace[];
  const where = keys.length > 0 ? `what is kept as ${keys.join(' and ')}` : 'what its function read gave';
  const isLasting = (place: LegacyPlace): boolean => place !== 'sessionStorage';

  /** One that is no token does not spoil the other. */
  function take(all: readonly unknown[], remember: boolean, more?: object): LegacyTokens | undefined {
    if (all.every((one) => NOTHING.includes(one))) return undefined;
    const [accessToken, refreshToken] = all.map(clean);
    if (!accessToken && !refreshToken) throw new RangeError(`${where} is no token`);
    return { tokens: ownOptions({ tokenType: given.tokenType, ...more, accessToken, refreshToken }), remember };
  }

  /** The token, without the scheme that some keep in front of it. */
  function clean(value: unknown): string | undefined {
    if (typeof value !== 'string' || NOTHING.includes(value)) return undefined;
    const hasScheme = value.toLowerCase().startsWith(`${tokenType.toLowerCase()} `);
    const token = hasScheme ? value.slice(tokenType.length).trim() : value;
    return TOKEN.test(token) ? token : undefined;
  }

  /** Both, of an object that has at least one by any of its names. */
  function takeRecord(value: unknown, remember: boolean, more?: object): LegacyTokens | undefined {
    if (NOTHING.includes(value)) return undefined;
    const names = Object.values(SPELLINGS).map((all) =>
      all.find((name) => isJsonObject(value) && Object.hasOwn(value, name)),
    );
    if (names.every((name) => name === undefined)) throw new RangeError(`${where} is no { accessToken, refreshToken }`);
    return take(
      names.map((name) => name && own(value, name)),
      remember,
      more,
    );
  }

  function readKeys(): LegacyTokens | undefined {
    const found = find();
    const remember = found.every(({ place }) => isLasting(place));
    const [at, beside] = [record ?? access, refresh].map((key) => found.find((one) => one.key === key)?.value);
    return record ? takeRecord(at, remember) : take([at, beside], remember);
  }

  /** Never one user's token with another's. */
  function find(): readonly Found[] {
    const all = places.map((place) =>
      keys
        .map((key): Found => ({ key, place, value: parse(look(place, key)) }))
        .filter(({ value }) => !NOTHING.includes(value)),
    );
    const whole = all.find((found) => found.length === keys.length);
    const first = all.flat().filter(({ key }, at, found) => found.findIndex((one) => one.key === key) === at);
    const users = new Set(first.map(({ value }) => subjectOf(decodeClaims(clean(value)))));
    users.delete(undefined);
    return whole ?? (users.size > 1 ? all.find((found) => found.length > 0) : first) ?? [];
  }

  function readCustom(): LegacyTokens | undefined {
    let value: unknown;
    try {
      value = read?.();
    } catch {
      // What it threw may quote what it could not read.
      throw new RangeError('its function read threw');
    }
    return takeRecord(value, places.every(isLasting), isJsonObject(value) ? value : undefined);
  }

  function removeKeys(): string | undefined {
    for (const place of places) {
      for (const key of keys) if (look(place, key) !== undefined) wipe(place, key, given);
    }
    const left = places.find((place) => keys.some((key) => look(place, key) !== undefined));
    return left && (left === 'cookie' ? 'give its path and domain' : `${left} refuses it`);
  }

  return {
    isOurs: !places.includes('cookie') && (!read || given.from !== undefined),
    read: read ? readCustom : readKeys,
    remove: remove
      ? () => {
          ask(remove);
          return ask(readCustom) && 'after its function remove, read must find none';
        }
      : removeKeys,
  };
}

/** What a place shows under a key, as text. */
function look(place: LegacyPlace, key: string): string | undefined {
  return ask(() => {
    if (place !== 'cookie') return globalThis[place].getItem(key) ?? undefined;
    const values = cookieValues(key);
    // A second one may be planted: neither is trusted, and such a space is in no token (CKI-4).
    return values.length > 1 ? values.join('\n') : values[0];
  });
}

/** What JSON text stands for; any other text for itself. */
function parse(text = ''): unknown {
  try {
    return /^\s*["{[]/.test(text) ? JSON.parse(text) : text;
  } catch {
    return {};
  }
}

function wipe(place: LegacyPlace, key: string, { path = '/', domain }: LegacyOptions): void {
  ask(() => {
    if (place !== 'cookie') return globalThis[place].removeItem(key);
    // A name with a prefix is only written with it, and over plain http nothing is.
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous, and not in every browser.
    document.cookie = `${key}=; Path=${path}${domain ? `; Domain=${domain}` : ''}; Max-Age=0${secure}`;
  });
}

/** Where storage is denied, even the look throws: then nothing is there (STO-5). */
function ask<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
