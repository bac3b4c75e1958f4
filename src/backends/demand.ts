import { type Challenge, parseChallenges } from '../token/challenge.ts';
import { own } from '../token/own.ts';
import type { StepUp } from './backend.ts';

/** What a server demands besides a good token. */
export interface Demand {
  /** Another proof of who the user is; undefined when it is a scope that is missing. */
  readonly stepUp: StepUp | undefined;
  /** The scope, where it was named. */
  readonly scope: string | undefined;
}

/** The schemes whose challenges have these errors. */
const SCHEMES: readonly string[] = ['bearer', 'dpop'];
/** RFC 6749 section 3.3. */
const SCOPE = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/;

/** What the challenges of a 401 or 403 demand; undefined when that is nothing but a good token (HTTP-3). */
export function challengedDemand(status: number, header: string): Demand | undefined {
  const isNamed = ({ scheme, parameters }: Challenge): boolean =>
    SCHEMES.includes(scheme) && parameters.error === errorOf(status);
  const challenge = parseChallenges(header).find(isNamed);
  return challenge && demandOf(status, challenge.parameters);
}

/** The same from a JSON body, for where CORS hides the header (HTTP-4). */
export function writtenDemand(status: number, body: unknown): Demand | undefined {
  const isNamed = [own(body, 'error'), own(body, 'code')].includes(errorOf(status));
  return isNamed ? demandOf(status, body) : undefined;
}

/** RFC 9470 section 3, RFC 6750 section 3.1. */
function errorOf(status: number): string {
  return status === 401 ? 'insufficient_user_authentication' : 'insufficient_scope';
}

function demandOf(status: number, members: unknown): Demand {
  const given = own(members, 'scope');
  const scope = typeof given === 'string' && SCOPE.test(given) ? given : undefined;
  if (status === 403) return { stepUp: undefined, scope };
  const acrValues = words(own(members, 'acr_values'));
  const age = own(members, 'max_age');
  // In seconds, as it comes over the wire; a body may have it as a number.
  const maxAge = /^\d{1,10}$/.test(String(age)) ? Number(age) * 1000 : undefined;
  return { stepUp: { acrValues: acrValues.length ? acrValues : undefined, maxAge, scope }, scope };
}

function words(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(' ') : [];
  return list.filter((word): word is string => typeof word === 'string' && word !== '');
}
