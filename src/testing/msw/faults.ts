import type { AuthEndpoint } from './protocol.ts';

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
  meet(endpoint: AuthEndpoint | undefined, work: () => Response): Promise<Response>;
}

export function createFaults(): Faults {
  const faults: (ServerFault & { left: number })[] = [];
  const lost: AuthEndpoint[] = [];
  let wait = 0;
  return {
    fail(fault) {
      faults.push({ ...fault, left: fault.times ?? 1 });
    },
    loseNextAnswer(on) {
      lost.push(on);
    },
    delay(time) {
      wait = time;
    },
    clear() {
      faults.length = 0;
      lost.length = 0;
      wait = 0;
    },
    async meet(endpoint, work) {
      const fault = faults.find(({ on, left }) => left > 0 && (on === undefined || on === endpoint));
      if (fault) fault.left -= 1;
      const answer = fault ? failure(fault) : work();
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
  headers.set('Content-Type', status >= 500 ? 'text/html' : 'application/json');
  const body = status >= 500 ? `<html><body><h1>${status}</h1></body></html>` : '{"detail":"As the test asked."}';
  return new Response(body, { status, headers });
}
