import { AuthUnavailableError, SignedOutError } from 'latchkey';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import { vi } from 'vitest';
import { ENGINE, type Engine } from '../../src/session/engine.ts';
import type { Held } from '../../src/session/held.ts';
import { newEpoch } from '../../src/session/holder.ts';
import { API } from '../support/world.ts';

/** The end of a session by its user's wish. */
export const OVER = new SignedOutError('user');

/** A record in use, of which transports look at what is presented alone. */
export function holding(presentation: Held['presentation'] = { headers: { Authorization: 'Bearer 1' } }): Held {
  return { presentation } as Held;
}

export interface FakeEngine extends Engine {
  readonly clock: FakeClock;
}

/** An engine that has a token, whose refreshes never end, and that finds every 401 refused. */
export function createFakeEngine(more: Partial<Engine> = {}): FakeEngine {
  const clock = createFakeClock();
  const epoch = newEpoch();
  const held = holding();
  const never = () => new Promise<never>(() => {});
  return {
    patience: 10_000,
    endpoints: () => [],
    epoch: () => epoch,
    ready: () => held,
    obtain: vi.fn(never),
    replace: vi.fn(never),
    impatience: () => new AuthUnavailableError('impatient', {}),
    present: undefined,
    judge: ({ status }) => (status === 401 ? 'refused' : 'accepted'),
    renew: undefined,
    end: async () => {},
    stepUp: undefined,
    lackScope() {},
    missChallenge() {},
    diagnose: vi.fn(),
    ...more,
    clock,
  };
}

/** An authorised fetch over such an engine and a fetch of the test's own. */
export function fetchOver(engine: Engine, send: typeof fetch, judge?: Engine['judge']): typeof fetch {
  const options = { resourceServers: [API], fetch: send, ...(judge && { judge: judge as never }) };
  return createAuthorizedFetch({ [ENGINE]: engine }, options);
}

/** An answer that says where it came from, as after a redirect. */
export function answerOf(status: number, url = `${API}/`, init: ResponseInit & { body?: string } = {}): Response {
  const { body = null, ...rest } = init;
  return Object.defineProperty(new Response(body, { ...rest, status }), 'url', { value: url });
}

export const ELSEWHERE = 'https://elsewhere.example/a';

/** What the answers are, one after the other; the last one for all that follow. */
export function serving(...answers: (() => Response)[]) {
  return vi.fn<typeof fetch>(async () => ((answers.length > 1 ? answers.shift() : answers[0]) as () => Response)());
}

/** Lets all that needs no time go on. */
export const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
