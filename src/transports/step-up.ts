import type { Answer, Judgement, StepUp } from '../backends/backend.ts';
import { challengedDemand, type Demand, writtenDemand } from '../backends/demand.ts';
import { within } from '../platform/awaitable.ts';
import { pageUrl, resolveUrl } from '../platform/web-origin.ts';
import type { Engine, Prompt } from '../session/engine.ts';
import type { Held } from '../session/held.ts';
import { createQueue } from './queue.ts';
import type { MayCarry } from './resource-server.ts';
import { pass, passOneShot, rejectWith, type Way } from './way.ts';
import type { Wire } from './wire.ts';

/** How long a body is waited for that may say what a hidden header says, in milliseconds. */
const READING = 1000;

/**
 * Makes what judges an answer in the place of the backend alone: a server may demand more than a good token, and then no
 * refresh helps (HTTP-2, HTTP-5). Nothing is looked at but 401 and 403.
 */
export function createJudge(engine: Engine, mayCarry: MayCarry): Engine['judge'] {
  function heed(answer: Answer, demand: Demand): Judgement {
    if (demand.stepUp) return { stepUp: demand.stepUp };
    engine.lackScope(demand.scope, placeOf(answer.url));
    return 'accepted';
  }

  return (answer) => {
    const { status, url } = answer;
    // What another server says, after a redirect, is not heard (RED-2).
    if ((status !== 401 && status !== 403) || !mayCarry(url)) return engine.judge(answer);
    const demand = demandOf(answer);
    if (demand) return heed(answer, demand);
    if (headerOf(answer, 'WWW-Authenticate') || !headerOf(answer, 'Content-Type')?.includes('json')) {
      return engine.judge(answer);
    }
    const body = answer.body();
    return within(engine.clock, READING, () => body, Error)
      .catch(() => undefined)
      .then((json) => {
        const written = writtenDemand(status, json);
        // Read once, whoever asks.
        if (!written) return engine.judge({ ...answer, body: () => body });
        if (isElsewhere(url)) engine.missChallenge();
        return heed(answer, written);
      });
  };
}

/** What the header of a 401 or 403 demands; undefined when it is nothing, or hidden. */
export function demandOf(answer: Answer): Demand | undefined {
  const header = headerOf(answer, 'WWW-Authenticate');
  return header ? challengedDemand(answer.status, header) : undefined;
}

/**
 * Makes what lets one request wait for its user, and sends it once more when they have proved what was demanded
 * (RFC 9470). All the others go on with the token that there is (HTTP-5).
 *
 * @param resend Sends it with the record that is then in use.
 */
export function createStepUp<Call, Reply>(
  engine: Engine,
  wire: Wire<Call, Reply>,
  resend: (way: Way<Call, Reply>, prompt: Prompt) => void,
): (way: Way<Call, Reply>, stepUp: StepUp) => void {
  const waitForUser = createQueue(
    engine,
    wire,
    ({ prompt }: Way<Call, Reply>) => (prompt as Prompt).outcome,
    (way) => resend(way, way.prompt as Prompt),
    rejectWith,
    ({ prompt }) => (prompt as Prompt).join(),
  );

  return (way, stepUp) => {
    const { call, epoch, held, isRetry, outcome } = way;
    // Sent twice already, for whatever reason, the answer is the caller's: so a server that is never content asks the user
    // once (I14, HTTP-5).
    if (!engine.stepUp || isRetry) pass(way);
    else if (epoch.over) way.reject(epoch.over);
    else if (!wire.isReplayable(call)) passOneShot(engine, wire, way);
    else {
      // Whoever demands it has answered.
      const { url } = wire.answer(call, outcome) as Answer;
      way.prompt = engine.stepUp(held as Held, stepUp, placeOf(url));
      waitForUser(way, way.prompt);
    }
  };
}

/** A mock of the app's may have no headers at all. */
function headerOf(answer: Answer, name: string): string | undefined {
  try {
    return answer.header(name);
  } catch {
    return undefined;
  }
}

/** A URL without its query, which may hold anything. */
function placeOf(url: string): string {
  const { origin = '', pathname = '' } = resolveUrl(url) ?? {};
  return origin + pathname;
}

/** Whether it is of another origin than the page, which then sees the headers that the server exposes to it, and no others. */
function isElsewhere(url: string): boolean {
  const page = pageUrl();
  return page !== undefined && resolveUrl(url)?.origin !== resolveUrl(page)?.origin;
}
