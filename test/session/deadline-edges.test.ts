// @vitest-environment node
import { memoryStore, type SessionOptions, type SessionRecord } from 'latchkey';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { type Core, createCore } from '../../src/session/core.ts';
import { endsAtOf, nextDeadline, overdue } from '../../src/session/deadline.ts';
import { changeFacts, writeSession } from '../../src/session/facts.ts';
import type { Held } from '../../src/session/held.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createLonePage } from '../support/lone-page.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2030, 0, 1);

type Limits = Pick<SessionOptions, 'idleTimeout' | 'maxAge'>;

/** The core of a page that has just been opened, at NOW. */
function coreWith(limits: Limits): Core {
  const clock = createFakeClock(NOW);
  const options = { backend: {}, store: memoryStore(), clock, ...limits };
  return createCore(normalizeOptions(options as never), createLonePage(clock));
}

function recordOf(times: Pick<SessionRecord, 'signedInAt' | 'receivedAt'>): SessionRecord {
  return { sessionId: 's', generation: 1, tokens: {}, ...times } as SessionRecord;
}

/** Signed in an hour ago, and refreshed ten minutes ago. */
const RECORD = recordOf({ signedInAt: NOW - 60 * MINUTE, receivedAt: NOW - 10 * MINUTE });

describe('the next limit of a session', () => {
  it('is none where the app has set none', () => {
    expect(nextDeadline(coreWith({}), RECORD)).toBeUndefined();
  });

  it('counts the maximum age from the sign-in, and not from the last refresh', () => {
    expect(nextDeadline(coreWith({ maxAge: 90 * MINUTE }), RECORD)).toMatchObject({ at: NOW + 30 * MINUTE });
  });

  it('counts the maximum age from the tokens on, where an older release did not say when the user signed in', () => {
    const record = recordOf({ receivedAt: NOW - 10 * MINUTE });
    const next = nextDeadline(coreWith({ maxAge: 90 * MINUTE }), record);
    expect(next).toEqual({ cause: 'max-age', at: NOW + 80 * MINUTE, noticeAt: NOW + 79 * MINUTE });
  });

  it('never comes for a cookie of which nobody knows how old it is: no session ends by a guess', async () => {
    const core = coreWith({ maxAge: 90 * MINUTE });
    const record = recordOf({ receivedAt: 0 });
    expect(nextDeadline(core, record)).toMatchObject({ at: Number.POSITIVE_INFINITY });
    expect(await overdue(core, record)).toBeUndefined();
    expect(endsAtOf(core, { record } as Held)).toBeUndefined();
  });

  it('is the maximum age where both fall together, for no activity moves that one', () => {
    const core = coreWith({ idleTimeout: 30 * MINUTE, maxAge: 90 * MINUTE });
    expect(nextDeadline(core, RECORD)).toMatchObject({ cause: 'max-age', at: NOW + 30 * MINUTE });
  });
});

describe('a stored session', () => {
  it('is not looked up for limits that the app has not set', async () => {
    const core = coreWith({});
    const read = vi.spyOn(core.fence, 'read');
    expect(await overdue(core, RECORD)).toBeUndefined();
    expect(read).not.toHaveBeenCalled();
  });

  it.each([
    ['maximum age', { maxAge: 60 * MINUTE }, { maxAge: 60 * MINUTE + 1 }, 'max-age'],
    ['idle time-out', { idleTimeout: 10 * MINUTE }, { idleTimeout: 10 * MINUTE + 1 }, 'idle'],
  ] as const)('is over at the very moment of its %s, and no earlier (C43)', async (_, reached, ahead, cause) => {
    expect(await overdue(coreWith(reached), RECORD)).toBe(cause);
    expect(await overdue(coreWith(ahead), RECORD)).toBeUndefined();
  });

  it('of which the fence knows nothing has been idle since its tokens came', async () => {
    const core = coreWith({ idleTimeout: 30 * MINUTE });
    await overdue(core, RECORD);
    expect(nextDeadline(core, RECORD)).toMatchObject({ cause: 'idle', at: NOW + 20 * MINUTE });
  });

  it('has been idle since the user did something in any tab, however old its tokens are', async () => {
    const core = coreWith({ idleTimeout: 30 * MINUTE });
    await changeFacts(core, RECORD, (facts) => {
      writeSession(core, RECORD, facts);
      facts.row = { generation: 1, epoch: 0, activeAt: NOW - MINUTE };
    });
    await overdue(core, RECORD);
    expect(nextDeadline(core, RECORD)).toMatchObject({ at: NOW + 29 * MINUTE });
  });
});

describe('the end that the app can show', () => {
  const held = (endsAt?: number): Held => ({ record: RECORD, endsAt }) as Held;

  it('is that of the maximum age, before any warning', () => {
    expect(endsAtOf(coreWith({ maxAge: 90 * MINUTE }), held())).toBe(NOW + 30 * MINUTE);
  });

  it('is the earlier one of the token that nothing renews and of the maximum age', () => {
    const core = coreWith({ maxAge: 90 * MINUTE });
    expect(endsAtOf(core, held(NOW + MINUTE))).toBe(NOW + MINUTE);
    expect(endsAtOf(core, held(NOW + 40 * MINUTE))).toBe(NOW + 30 * MINUTE);
  });

  it('is that of the idle time-out only once the user was told of it', () => {
    const core = coreWith({ idleTimeout: 30 * MINUTE });
    expect(endsAtOf(core, held())).toBeUndefined();
    core.toldOf = { cause: 'idle', at: NOW + MINUTE, noticeAt: NOW };
    expect(endsAtOf(core, held())).toBe(NOW + MINUTE);
  });
});
