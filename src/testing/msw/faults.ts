import { checkMembers, checkOptions, optional, type Rule, type Rules } from '../../platform/check-options.ts';
import { AUTH_ENDPOINTS, type AuthEndpoint } from './protocol.ts';

/** What the server does instead of its work. */
export interface ServerFault {
  /** The status of the answer; 0 stands for no answer at all, as when the network fails. Default is 503. */
  readonly status?: number;
  /** The `Retry-After` header, as it stands there: seconds, or a date. Default: none. */
  readonly retryAfter?: number | string;
  /** How many requests it meets. Default is 1. */
  readonly times?: number;
  /** Which requests it meets. Default is all that go to the authorization server. */
  readonly on?: AuthEndpoint;
}

/** What is in the way of a server. */
export interface Faults {
  fail(fault: ServerFault): void;
  loseNextAnswer(on: AuthEndpoint): void;
  delay(time: number): void;
  clear(): void;
  /** Does the work, with whatever is in the way. */
  meet(endpoint: AuthEndpoint | undefined, work: () => Response | Promise<Response>): Promise<Response>;
}

const isWhole = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
const ON: Rule = [
  optional((on) => AUTH_ENDPOINTS.includes(on as AuthEndpoint)),
  `must be one of ${AUTH_ENDPOINTS.join(', ')}`,
];
const FAULT: Rules = {
  status: [optional((status) => status === 0 || isWhole(status, 200, 599)), 'must be a status from 200 to 599, or 0'],
  retryAfter: [
    optional((value) => typeof value === 'string' || (typeof value === 'number' && value >= 0)),
    'must be seconds, or text',
  ],
  times: [optional((times) => times === Number.POSITIVE_INFINITY || isWhole(times, 1, 2 ** 53)), 'must be 1 or more'],
  on: ON,
};
const WAIT: Rules = {
  delay: [(time) => Number.isFinite(time) && Number(time) >= 0, 'must be milliseconds, 0 or more'],
};
/** RFC 9110 section 6.4.1: with these, a body is an error. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * Keeps what a test puts in the way of a server. Its functions throw a `TypeError` where they are told something wrong,
 * naming it and the fix.
 */
export function createFaults(): Faults {
  const faults: (ServerFault & { left: number })[] = [];
  const lost: AuthEndpoint[] = [];
  let wait = 0;
  return {
    fail(fault) {
      const checked = checkOptions('fail', fault, FAULT);
      faults.push({ ...checked, left: checked.times ?? 1 });
    },
    loseNextAnswer(on) {
      checkMembers('loseNextAnswer: ', { on }, { on: ON });
      lost.push(on);
    },
    delay(delay) {
      checkMembers('', { delay }, WAIT);
      wait = delay;
    },
    clear() {
      faults.length = 0;
      lost.length = 0;
      wait = 0;
    },
    async meet(endpoint, work) {
      const fault = faults.find(({ on, left }) => left > 0 && (on === undefined || on === endpoint));
      if (fault) fault.left -= 1;
      const answer = fault ? failure(fault) : await work();
      // After the work: whoever gives up on the answer has spent a token all the same.
      if (wait > 0) await new Promise<void>((resolve) => setTimeout(resolve, wait));
      const index = endpoint && !fault ? lost.indexOf(endpoint) : -1;
      if (index < 0) return answer;
      lost.splice(index, 1);
      return Response.error();
    },
  };
}

/** 5xx comes from the proxy in front of a server, which does not speak JSON; everything else from the server itself. */
function failure({ status = 503, retryAfter }: ServerFault): Response {
  if (status === 0) return Response.error();
  const headers = new Headers(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) });
  if (BODILESS.includes(status)) return new Response(null, { status, headers });
  headers.set('Content-Type', status >= 500 ? 'text/html' : 'application/json');
  const body = status >= 500 ? `<html><body><h1>${status}</h1></body></html>` : '{"detail":"As the test asked."}';
  return new Response(body, { status, headers });
}
