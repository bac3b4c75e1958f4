import { checkOptions, type Rules } from '../platform/check-options.ts';
import { own } from '../token/own.ts';
import type { TokenInput } from '../token/token-set.ts';
import type { Backend } from './backend.ts';
import { HEADER, LIFETIME, TEXT } from './rules.ts';

/** Where a server puts the newer token that it hands out along with an answer; one of the first two has to be named. */
export interface RenewalOptions {
  /** A header, such as `X-New-Token`. From another origin the server has to expose it: `Access-Control-Expose-Headers`. */
  readonly header?: string;
  /** A member of the JSON body, such as `token`, or `meta.token`. Costs a look into each body of JSON. */
  readonly field?: string;
  /** How long such a token lives, in milliseconds. Default is what the token itself says, if it is a JWT. */
  readonly lifetime?: number;
}

const OPTIONS: Rules = {
  header: HEADER,
  field: TEXT,
  lifetime: LIFETIME,
};

/**
 * Makes a session slide: a newer token that a server sends along with its answers takes the place of the one in use. An
 * older one, another user's, and one from a server that is not listed never do.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * withRenewal(simpleJwt({ baseUrl: '/auth' }), { header: 'X-New-Token' })
 */
export function withRenewal<AnyBackend extends Backend<never, unknown>>(
  backend: AnyBackend,
  options: RenewalOptions,
): AnyBackend {
  const { header, field, lifetime } = checkOptions('withRenewal', options, OPTIONS);
  if (!header && !field) throw new TypeError("withRenewal: name where the token is, as { header: 'X-New-Token' }.");
  const tokensOf = (token: unknown): TokenInput | undefined =>
    // Some send it as it will be presented, with the word for its scheme. Two in one header make no token, and are refused.
    typeof token === 'string' && token ? { accessToken: token.replace(/^[\w-]+ +/, ''), lifetime } : undefined;
  const members: Pick<Backend, 'renewed' | 'exposedHeaders'> = {
    renewed(answer) {
      const sent = header && tokensOf(answer.header(header));
      // A stream of events or of bytes has no members, and reading a copy of it would keep it open.
      if (sent || !field || !/\bjson\b/i.test(answer.header('Content-Type') ?? '')) return sent || undefined;
      return answer.body().then((body) => tokensOf(field.split('.').reduce<unknown>(own, body)));
    },
    exposedHeaders: [...(backend.exposedHeaders ?? []), ...(header ? [header] : [])],
  };
  // Not a copy: what the backend works out when it is asked for stays so.
  return Object.assign(Object.create(backend), members);
}
