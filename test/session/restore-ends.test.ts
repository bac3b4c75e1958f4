// @vitest-environment node
import type { Backend, SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { SignedOutError } from '../../src/errors.ts';
import type { Head, Row } from '../../src/session/facts.ts';
import { turn } from '../../src/session/holder.ts';
import { restore } from '../../src/session/restore.ts';
import { BARE, createLone, FIRST, type Lone, type LoneOptions, MINUTE } from './lone-core.ts';

const HEAD: Head = { epoch: 1, sessionId: 's', subject: 'alice' };

/** A page that is about to restore what was stored. */
async function stored(tokens = FIRST, options?: LoneOptions, row: Partial<Row> = {}): Promise<Lone> {
  const page = createLone(options);
  const record: SessionRecord = { ...page.make(tokens), sessionId: 's' };
  await page.keep(record);
  await page.tell('s', row, HEAD);
  return page;
}

describe('a stored session that is over when the page is loaded', () => {
  it.each([
    ['by a limit of the app is revoked', undefined, FIRST, 'max-age', 1],
    ['by a limit of the app is logged out once, where cookies carry it', 'cookie', FIRST, 'max-age', 1],
    ['because its token has died is not revoked: it is worth nothing', undefined, BARE, 'expired', 0],
  ] as const)('%s', async (_, credential, tokens, reason, times) => {
    const page = await stored(tokens, {
      session: reason === 'max-age' ? { maxAge: MINUTE } : {},
      ...(credential && { backend: { credential } }),
    });
    await page.clock.advance(10 * MINUTE);
    await restore(page.core);
    await page.clock.advance(0);
    expect(page.core.state).toEqual({ status: 'signed-out', reason });
    expect(page.revoked).toHaveLength(times);
    expect(page.sent).toEqual([]);
  });

  it('says why its refresh token was rejected before, in whichever tab', async () => {
    const page = await stored(BARE, {}, { ending: 'account-disabled' });
    await page.clock.advance(10 * MINUTE);
    await restore(page.core);
    expect(page.core.state).toEqual({ status: 'signed-out', reason: 'account-disabled' });
  });
});

describe('a page whose user signs out while it restores', () => {
  /** They do so while the fence is read, at the first time that fits. */
  function signOutWhile({ core }: Lone, isTime: () => boolean): void {
    const { epoch, fence } = core;
    const { read } = fence;
    fence.read = async (keys) => {
      const rows = await read(keys);
      if (isTime() && !epoch.over) turn(core, new SignedOutError('user'));
      return rows;
    };
  }

  it('takes nothing over from an older client', async () => {
    const page = await stored();
    const { core } = page;
    const taken: unknown[] = [];
    core.takeOver = {
      async restore(found) {
        taken.push(found);
        return found;
      },
      refresh: (record, ask) => ask(record),
    };
    signOutWhile(page, () => true);
    await restore(core);
    expect(taken).toEqual([]);
    expect(core.held).toBeUndefined();
  });

  it('asks the server about nothing', async () => {
    const asked: unknown[] = [];
    const verify: Backend<string>['verify'] = async (record) => {
      asked.push(record);
      return 'accepted';
    };
    const page = await stored(FIRST, { session: { restore: 'verify', maxAge: 60 * MINUTE }, backend: { verify } });
    const { core } = page;
    signOutWhile(page, () => core.held !== undefined);
    await restore(core);
    expect(asked).toEqual([]);
    expect(core.held).toBeUndefined();
  });
});

describe('a restore', () => {
  it('keeps a session that can neither be verified nor renewed: nobody has said "no" (I5)', async () => {
    const page = await stored(BARE, { session: { restore: 'verify' } });
    await restore(page.core);
    expect(page.core.state.status).toBe('signed-in');
  });

  it('leaves a log-out alone that is pending from a time when cookies were the credential', async () => {
    const page = createLone();
    const pending = { kind: 'sign-out', at: page.clock.now(), tab: 'gone' } as const;
    await page.tell('s', undefined, { epoch: 1, reason: 'user', pending });
    await restore(page.core);
    expect(page.revoked).toEqual([]);
    expect((await page.facts('s')).head).toMatchObject({ pending });
  });

  it.each([
    ['asks first whether a refresh token that dies at this moment is good for anything, where it was taken over', true],
    ['does not ask for a session that this client began', false],
  ])('%s', async (_, isTakenOver) => {
    const page = await stored({ ...FIRST, refreshLifetime: 10 * MINUTE });
    const { core } = page;
    if (isTakenOver) core.takeOver = { restore: async (found) => found, refresh: (record, ask) => ask(record) };
    await page.clock.advance(10 * MINUTE);
    await restore(core);
    expect(core.state.status).toBe('signed-in');
    expect(page.sent).toHaveLength(isTakenOver ? 1 : 0);
  });
});
