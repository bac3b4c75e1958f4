// @vitest-environment node
import { customStore, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { createTabLock } from '../../src/platform/lock.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { changeFacts, type Facts, type Head, type Row } from '../../src/session/facts.ts';
import { hold } from '../../src/session/holder.ts';
import { newRecord } from '../../src/session/new-record.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { forgetStored, saveAgain, saveOwn } from '../../src/session/own-copy.ts';
import { decodeRecord, encodeRecord } from '../../src/token/session-record.ts';
import { createLonePage } from '../support/lone-page.ts';

interface Place {
  readonly core: Core;
  /** What is stored. */
  stored(): SessionRecord | undefined;
  /** Somebody writes there. */
  put(record: SessionRecord): void;
  /** What the fence says from now on of a record's session; nothing at all where somebody has cleared it. */
  tell(record: SessionRecord, facts: Partial<Facts>): Promise<void>;
  /** Lets everything happen that takes no time. */
  settle(): Promise<void>;
}

type Kind = Partial<Pick<TokenStore, 'handsOver' | 'scope'>> & { readonly isSlow?: boolean };

/** What each tab keeps for itself: of its own session, or of the one of all. */
const TAB: Kind = { scope: 'tab' };
const HANDED: Kind = { handsOver: () => true };
const SLOW_HANDED: Kind = { ...HANDED, isSlow: true };
/** What all tabs write. */
const SHARED: Kind = {};
const SLOW_SHARED: Kind = { isSlow: true };

function createPlace({ isSlow, scope = 'origin', ...rest }: Kind): Place {
  const clock = createFakeClock();
  let text: string | undefined;
  const now: TokenStore = {
    scope,
    synchronous: true,
    load: () => text,
    save(_, record) {
      text = encodeRecord(record);
    },
    clear() {
      text = undefined;
    },
  };
  const { load, save, clear } = now;
  const slow = customStore({
    scope,
    load: async (name) => load(name),
    save: async (name, record) => save(name, record),
    clear: async (name) => clear(name),
  });
  const store = { ...(isSlow ? slow : now), ...rest };
  const platform = { ...createLonePage(clock), lock: createTabLock(clock, new Map()) };
  const core = createCore(normalizeOptions({ backend: createFakeBackend(), store, clock } as never), platform);
  return {
    core,
    stored: () => decodeRecord(text).record,
    put(record) {
      text = encodeRecord(record);
    },
    tell: (record, facts) =>
      changeFacts(core, record, (known) => {
        known.head = facts.head;
        known.row = facts.row;
      }),
    settle: () => clock.advance(0),
  };
}

function recordOf(subject: string, generation = 1): SessionRecord {
  const tokens = { accessToken: `${subject}-${generation}`, refreshToken: 'r', subject };
  return { ...newRecord(tokens, { backend: {}, now: 0 }), sessionId: `of ${subject}`, generation };
}

const rowOf = (generation: number, more: Partial<Row> = {}): Row => ({ generation, epoch: 1, ...more });
const headOf = ({ sessionId }: SessionRecord): Head => ({ epoch: 1, sessionId });

describe('what came from another tab, where each keeps its own copy', () => {
  it.each([
    ['at once', HANDED],
    ['a little later, where the store is slow', SLOW_HANDED],
  ])('is kept here %s, also where the fence knows no more than its name', async (_, kind) => {
    const { core, stored, tell, settle } = createPlace(kind);
    const record = recordOf('alice', 2);
    await tell(record, { head: headOf(record) });
    expect(await saveOwn(core, record)).toBe(true);
    await settle();
    expect(stored()).toMatchObject({ generation: 2 });
  });

  it('is of no use, and not kept, once the fence knows of a newer one (I3)', async () => {
    const { core, stored, tell } = createPlace(HANDED);
    const record = recordOf('alice', 2);
    await tell(record, { head: headOf(record), row: rowOf(3) });
    expect(await saveOwn(core, record)).toBe(false);
    expect(stored()).toBeUndefined();
  });

  it.each([
    ['a store', HANDED],
    ['a slow store', SLOW_HANDED],
  ])('is not kept in %s once somebody has cleared the fence', async (_, kind) => {
    const { core, stored, settle } = createPlace(kind);
    expect(await saveOwn(core, recordOf('alice'))).toBe(false);
    await settle();
    expect(stored()).toBeUndefined();
  });
});

describe('what nobody is signed in with', () => {
  it('is left in a store of all tabs where the fence was cleared: somebody may use it', async () => {
    const { core, stored, put } = createPlace(SHARED);
    const record = recordOf('alice');
    put(record);
    await forgetStored(core, record);
    expect(stored()).toEqual(record);
  });

  const [old, next] = [recordOf('alice'), recordOf('bob')];

  it.each<[string, Kind, Head]>([
    ['the store of a tab', TAB, { epoch: 1 }],
    ['the memory of the tabs', HANDED, headOf(next)],
  ])('is removed from %s, but never whoever has signed in there since', async (_, kind, head) => {
    const { core, stored, put, tell } = createPlace(kind);
    await tell(old, { head, row: rowOf(1, { ended: 'user' }) });
    put(next);
    await forgetStored(core, old);
    expect(stored()).toEqual(next);
    put(old);
    await forgetStored(core, old);
    expect(stored()).toBeUndefined();
  });

  it('is nothing to be removed where nothing was found', async () => {
    const { core, stored } = createPlace(HANDED);
    await expect(forgetStored(core, undefined)).resolves.toBeUndefined();
    expect(stored()).toBeUndefined();
  });

  it('is removed from a slow store of this tab, unless somebody is signed in here', async () => {
    const { core, stored, put } = createPlace(SLOW_HANDED);
    const record = recordOf('alice');
    put(record);
    hold(core, record);
    await forgetStored(core, record);
    expect(stored()).toEqual(record);
    core.held = undefined;
    await forgetStored(core, record);
    expect(stored()).toBeUndefined();
  });

  it('is left in a slow store of all tabs: only under the lock is it known to be nobody’s', async () => {
    const { core, stored, put, tell, settle } = createPlace(SLOW_SHARED);
    const record = recordOf('alice');
    await tell(record, { head: { epoch: 2 } });
    put(record);
    await forgetStored(core, record);
    await settle();
    expect(stored()).toEqual(record);
  });
});

describe('a store that shows something older than what this tab holds', () => {
  /** Alice's tab has generation 2, and the store her first. */
  async function behind(kind: Kind, facts: (mine: SessionRecord) => Partial<Facts>) {
    const place = createPlace(kind);
    const mine = recordOf('alice', 2);
    await place.tell(mine, facts(mine));
    place.put(recordOf('alice'));
    await saveAgain(place.core, mine);
    await place.settle();
    return place.stored()?.generation;
  }

  it.each([
    ['a store', SHARED],
    ['a slow store', SLOW_SHARED],
  ])('is brought up to date: %s', async (_, kind) => {
    expect(await behind(kind, (mine) => ({ head: headOf(mine), row: rowOf(2) }))).toBe(2);
  });

  it.each<[string, (mine: SessionRecord) => Partial<Facts>]>([
    ['is another session', () => ({ head: headOf(recordOf('bob')), row: rowOf(2) })],
    ['is a newer generation', (mine) => ({ head: headOf(mine), row: rowOf(3) })],
    ['has no generation', (mine) => ({ head: headOf(mine) })],
  ])('is left as it is where what the fence names %s (I3)', async (_, facts) => {
    expect(await behind(SHARED, facts)).toBe(1);
  });
});
