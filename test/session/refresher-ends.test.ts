// @vitest-environment node
import { AuthUnavailableError, RefreshRejectedError } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { SignedOutError } from '../../src/errors.ts';
import { adopt } from '../../src/session/adopt.ts';
import type { Row } from '../../src/session/facts.ts';
import { turn } from '../../src/session/holder.ts';
import { refreshThrough } from '../../src/session/refresh-through.ts';
import { revoke } from '../../src/session/revoke.ts';
import { BARE, FIRST, MINUTE, NEXT, outcomeOf, type SignedIn, signedIn } from './lone-core.ts';

describe('a refresh token that is rejected', () => {
  it.each([
    ['at the moment at which it dies has merely expired', 0, 'refresh-rejected', 'expired'],
    ['a moment before was rejected', 1, 'refresh-rejected', 'refresh-rejected'],
    ['when it is dead, for a reason that the server gives, keeps that', 0, 'account-disabled', 'account-disabled'],
  ] as const)('%s', async (_, rest, given, reason) => {
    const here = await signedIn({ ...FIRST, refreshLifetime: 10 * MINUTE });
    await here.clock.advance(10 * MINUTE - rest);
    here.answer = () => Promise.reject(new RefreshRejectedError(given));
    expect(await here.ask('expired')).toBe(`signed-out:${reason}`);
  });

  it('is written down as answered before anything else: a page that dies then leaves nothing to wait for', async () => {
    const here = await signedIn();
    const open: boolean[] = [];
    here.answer = () => {
      const { read } = here.core.fence;
      here.core.fence.read = async (keys) => {
        open.push(!!((await read(keys)).get(`row:${here.record.sessionId}`) as Row | undefined)?.attempt);
        return await read(keys);
      };
      return Promise.reject(new RefreshRejectedError());
    };
    expect(await here.ask('asked')).toBe('generation 2');
    expect(open).toContain(false);
    expect(open).not.toContain(true);
  });

  it('because of a newer one that nobody has any more ends the session here (ROT-3)', async () => {
    const here = await signedIn();
    await here.clock.advance(5 * MINUTE);
    here.answer = async () => {
      await here.tell(here.record.sessionId, { generation: 2, tab: 'gone', attempt: undefined });
      throw new RefreshRejectedError();
    };
    const outcome = here.ask('expired');
    await here.clock.advance(MINUTE);
    expect(await outcome).toBe('signed-out:storage-cleared');
  });
});

describe('a session that cannot be renewed', () => {
  it.each([
    ['ends when its token has expired', 'expired', undefined, 'signed-out:expired'],
    ['outlives that one server refuses its token', 'refused', undefined, 'auth-unavailable'],
    [
      'whose refresh token was rejected ends when its token is refused',
      'refused',
      'now',
      'signed-out:refresh-rejected',
    ],
    ['whose refresh token was rejected outlives that the app asks for new ones', 'asked', 'now', 'auth-unavailable'],
  ] as const)('%s (I5)', async (_, cause, ending, outcome) => {
    const here = await signedIn(BARE);
    if (ending) adopt(here.core, here.record, new RefreshRejectedError());
    expect(await here.ask(cause)).toBe(outcome);
    expect(here.core.state.status).toBe(outcome.startsWith('signed-out') ? 'signed-out' : 'signed-in');
    expect(here.sent).toEqual([]);
  });

  it('goes on with what another tab has got, if its token has expired', async () => {
    const here = await signedIn(BARE);
    const { core, record } = here;
    await here.keep(here.make(NEXT, record));
    await here.tell(here.record.sessionId, { generation: 2, tab: 'other' });
    expect(await here.ask('expired')).toBe('generation 2');
    expect(core.state.status).toBe('signed-in');
  });

  it('is to be asked for again where another tab has got more, and nobody hands that over yet (I5)', async () => {
    const here = await signedIn(BARE);
    await here.tell(here.record.sessionId, { generation: 2, tab: 'other' });
    const outcome = here.ask('expired');
    await here.clock.advance(MINUTE);
    expect(await outcome).toBe('auth-unavailable');
    expect(here.core.state.status).toBe('signed-in');
  });
});

describe('requests that wait through a refresh without a verdict', () => {
  /** The first failure holds the next refresh back for so long, with half of what may be drawn. */
  const HOLD = 500;
  const BUSY = new AuthUnavailableError('busy', { status: 503 });

  function wait({ core, record }: SignedIn, isWanted = (): boolean => true): Promise<string> {
    return outcomeOf(refreshThrough(core, core.epoch, record, 'expired', isWanted));
  }

  it.each([
    ['wait just as long as their patience', HOLD, 'generation 2'],
    ['are told at once where that is shorter', HOLD - 1, 'auth-unavailable'],
  ])('%s (N1)', async (_, patience, outcome) => {
    const here = await signedIn(FIRST, { session: { patience } });
    here.answer = () => (here.sent.length > 1 ? NEXT : Promise.reject(BUSY));
    const waiting = wait(here);
    await here.clock.advance(HOLD);
    expect(await waiting).toBe(outcome);
  });

  it.each([
    ['all have given up are told what failed', (_: SignedIn) => {}, 'auth-unavailable'],
    [
      'the user signs out are told that',
      ({ core }: SignedIn) => turn(core, new SignedOutError('user')),
      'signed-out:user',
    ],
  ])('and while they do %s', async (_, meanwhile, outcome) => {
    const here = await signedIn();
    here.answer = () => Promise.reject(BUSY);
    let isWanted = true;
    const waiting = wait(here, () => isWanted);
    await here.clock.advance(0);
    isWanted = false;
    meanwhile(here);
    await here.clock.advance(HOLD);
    expect(await waiting).toBe(outcome);
    expect(here.sent).toHaveLength(1);
  });

  it('look four times within a short patience whether the device is online again', async () => {
    const here = await signedIn(FIRST, { session: { patience: 2000 } });
    let isOnline = false;
    here.core.isOnline = () => isOnline;
    const waiting = wait(here);
    await here.clock.advance(499);
    isOnline = true;
    expect(here.sent).toEqual([]);
    await here.clock.advance(1);
    expect(here.sent).toHaveLength(1);
    expect(await waiting).toBe('generation 2');
  });
});

describe('tokens that are made worthless', () => {
  it('are those of this device, which nothing has replaced, unless somebody says so', async () => {
    const { core, record, revoked } = await signedIn();
    await revoke(core, record);
    await revoke(core, record, { everywhere: true });
    expect(revoked).toEqual([
      { everywhere: false, isReplaced: false },
      { everywhere: true, isReplaced: false },
    ]);
  });
});
