// @vitest-environment node
import { AuthUnavailableError, type SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { SignedOutError } from '../../src/errors.ts';
import { adopt } from '../../src/session/adopt.ts';
import type { Core } from '../../src/session/core.ts';
import { refresh } from '../../src/session/refresher.ts';
import { begin, FIRST, MINUTE, NEXT, type SignedIn, signedIn } from './lone-core.ts';

/** Calls back once the fence holds an attempt, before the page hears that it does. */
function onAttempt({ core, row }: SignedIn, then: () => unknown): void {
  const { update } = core.fence;
  let isDone = false;
  core.fence.update = async (keys, change) => {
    const result = await update(keys, change);
    if (!isDone && (await row())?.attempt) {
      isDone = true;
      await then();
    }
    return result;
  };
}

describe('a refresh', () => {
  it('is none of an epoch that is over, nor of a session that has ended', async () => {
    const here = await signedIn();
    const over = new SignedOutError('user');
    here.core.held = undefined;
    here.core.epoch.over = over;
    await expect(refresh(here.core, here.record, 'asked')).rejects.toBe(over);
    here.core.epoch.over = undefined;
    expect(await here.ask('refused')).toBe('signed-out');
    expect(here.sent).toEqual([]);
  });

  it.each([
    ['the device is offline', (core: Core) => Object.assign(core, { isOnline: () => false })],
    [
      'the last one has failed',
      (core: Core) => {
        core.breaker = { failures: 1, retryAt: core.clock.now() + 1, isFirm: false, failedAt: [core.clock.now()] };
      },
    ],
  ])('that nobody waits for is not begun while %s', async (_, hinder) => {
    const here = await signedIn();
    hinder(here.core);
    expect(await here.ask('window')).toBe('generation 1');
    expect(here.core.flight).toBeUndefined();
    expect(here.sent).toEqual([]);
  });

  it('tells the backend why it is sent, and how often its token was', async () => {
    const here = await signedIn();
    here.answer = () => Promise.reject(new AuthUnavailableError('busy', { status: 503 }));
    expect(await here.ask('expired')).toBe('auth-unavailable');
    here.clock.step(MINUTE);
    here.answer = () => NEXT;
    expect(await here.ask('refused')).toBe('generation 2');
    expect(here.sent).toEqual([
      { attempt: 1, cause: 'expired', generation: 1 },
      { attempt: 2, cause: 'refused', generation: 1 },
    ]);
  });

  it('whose turn is over before it is sent leaves nothing behind that the next one would wait for (L5)', async () => {
    const lock: Core['lock'] = {
      request: (_, __, ___, body) => body({ wasContended: false, isMineFor: () => false }),
    };
    const here = await signedIn(FIRST, { platform: { lock } });
    expect(await here.ask('asked')).toBe('auth-unavailable');
    expect(here.sent).toEqual([]);
    expect((await here.row())?.attempt).toBeUndefined();
    expect(await here.row()).toMatchObject({ generation: 1 });
  });

  it('gives place to what was taken up before it was sent, which is refreshed where it is dead', async () => {
    const here = await signedIn();
    const { core, clock } = here;
    const again = here.make({ ...FIRST, accessToken: 'again', refreshToken: 'r-again' });
    onAttempt(here, async () => {
      await begin(here, again);
      clock.step(6 * MINUTE);
      adopt(core, again);
    });
    const { sessionId } = again;
    await expect(refresh(core, here.record, 'asked')).resolves.toMatchObject({ record: { sessionId, generation: 2 } });
    expect(here.sent).toEqual([{ attempt: 1, cause: 'expired', generation: 1 }]);
  });

  it('that ends does not take the next one with it: that one keeps its cause', async () => {
    const here = await signedIn();
    const { core } = here;
    let answer = (_: unknown): void => {};
    here.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const first = here.ask('asked');
    await here.clock.advance(0);
    const again = here.make({ ...FIRST, accessToken: 'again', refreshToken: 'r-again' });
    await begin(here, again);
    adopt(core, again);
    const second = here.ask('refused', again);
    here.answer = () => ({ ...NEXT, accessToken: 'three' });
    answer(NEXT);
    await here.clock.advance(0);
    expect([await first, await second]).toEqual(['generation 1', 'generation 2']);
    expect(here.sent.map(({ cause }) => cause)).toEqual(['asked', 'refused']);
  });

  it('is not sent again because its own tokens were dead by the time that they were written down', async () => {
    const here = await signedIn();
    const { keeper } = here.core;
    const save = keeper.now?.save;
    Object.assign(keeper.now ?? {}, {
      save(record: SessionRecord) {
        save?.(record);
        here.clock.step(6 * MINUTE);
      },
    });
    expect(await here.ask('asked')).toBe('generation 2');
    expect(here.sent).toHaveLength(1);
  });
});

describe('a refresh whose answer is another user’s', () => {
  it('where cookies carry it is followed by one log-out, and by no other', async () => {
    const here = await signedIn(FIRST, { backend: { credential: 'cookie' } });
    here.answer = () => ({ ...NEXT, subject: 'bob' });
    expect(await here.ask('asked')).toBe('signed-out:user-switched');
    await here.clock.advance(0);
    expect(here.revoked).toHaveLength(1);
  });

  it('and came after somebody else’s next tokens may be tried again: nobody is signed out (I5)', async () => {
    const here = await signedIn();
    here.answer = async () => {
      await here.tell(here.record.sessionId, { generation: 2, tab: 'other' });
      return { ...NEXT, subject: 'bob' };
    };
    expect(await here.ask('asked')).toBe('auth-unavailable');
    expect(here.core.state.status).toBe('signed-in');
  });
});
