// @vitest-environment node
import { customStore, memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { createLocalChannel } from '../../src/platform/channel.ts';
import type { Head } from '../../src/session/facts.ts';
import { currentRecord } from '../../src/session/restore.ts';
import { createLone, FIRST, type Lone, type LoneOptions, originStore } from './lone-core.ts';

const HEAD: Head = { epoch: 1, sessionId: 's', subject: 'alice' };

interface Looking extends Lone {
  record(sessionId: string, generation?: number): SessionRecord;
  /** What the page is to begin with: the session and its generation, or nothing, once time has passed. */
  current(isAnnounced?: boolean): Promise<string>;
}

/** A page that is about to restore. */
function looking(options?: LoneOptions): Looking {
  const lone = createLone(options);
  return {
    ...lone,
    record: (sessionId, generation = 1) => ({ ...lone.make(FIRST), sessionId, generation }),
    async current(isAnnounced = false) {
      let found = 'it still looks';
      void currentRecord(lone.core, isAnnounced).then((record) => {
        found = record ? `${record.sessionId} ${record.generation}` : 'nothing';
      });
      await lone.clock.advance(20_000);
      return found;
    },
  };
}

describe('a store that tells more than the fence, as where the fence is this page’s alone', () => {
  it.each([
    ['of a session that ended here is not believed', { ended: 'user' }, 1, 'nothing'],
    ['of a later generation than the one that ended here is', { ended: 'user' }, 2, 's 2'],
    ['of a session that goes on is', {}, 1, 's 1'],
  ] as const)('%s', async (_, row, generation, found) => {
    const page = looking({ store: { ...originStore(), isReadOnly: true } as TokenStore });
    await page.keep(page.record('s', generation));
    await page.tell('s', row, HEAD);
    expect(await page.current()).toBe(found);
  });

  it('changes nothing in the fence by what the fence knows', async () => {
    const page = looking({ store: { ...originStore(), isReadOnly: true } as TokenStore });
    await page.keep(page.record('s'));
    const attempt = { generation: 1, sentAt: page.clock.now(), tab: 'gone' };
    await page.tell('s', { attempt }, HEAD);
    expect(await page.current()).toBe('s 1');
    expect(await page.facts('s')).toEqual({ head: HEAD, row: { generation: 1, epoch: 1, attempt } });
  });
});

describe('a page that begins with what the store shows', () => {
  it('does so where the fence knows no more of the session than its name', async () => {
    const page = looking();
    await page.keep(page.record('s'));
    await page.tell('s', undefined, HEAD);
    expect(await page.current()).toBe('s 1');
    expect(page.core.state.status).toBe('restoring');
  });

  it('takes it at its word: it need not be shown twice', async () => {
    let shown = 0;
    const plain = originStore();
    const load = (name: string): unknown => {
      shown += 1;
      return shown === 1 ? plain.load(name) : undefined;
    };
    const page = looking({ store: { ...plain, load } });
    await page.keep(page.record('s'));
    await page.tell('s', {}, HEAD);
    expect(await page.current()).toBe('s 1');
  });

  it.each([
    ['commits what a page had saved that died before it did (I13)', originStore, HEAD, 2],
    ['leaves that to the next refresh, where the store takes its time', () => customStore(originStore()), HEAD, 1],
    ['leaves that to the next refresh, where each tab has its own', memoryStore, { epoch: 1 }, 1],
  ] as const)('%s', async (_, store, head, generation) => {
    const page = looking({ store: store() });
    await page.keep(page.record('s', 2));
    const attempt = { generation: 1, sentAt: page.clock.now(), tab: 'gone' };
    await page.tell('s', { attempt }, head);
    expect(await page.current()).toBe('s 2');
    const { row } = await page.facts('s');
    expect(row).toMatchObject({ generation });
    expect(row?.attempt === undefined).toBe(generation === 2);
  });
});

describe('a page that looks for a session which its store does not show', () => {
  it('asks the tabs that keep it once, not again: a visitor is not to wait for twice as long', async () => {
    const said: unknown[] = [];
    const channel = { ...createLocalChannel(), post: (message: unknown) => void said.push(message) };
    const page = looking({ store: { ...originStore(), handsOver: () => true }, platform: { channel } });
    await page.tell('s', {}, HEAD);
    const found = currentRecord(page.core, false);
    await page.clock.advance(300);
    expect(await Promise.race([found, 'still looking'])).toBeUndefined();
    expect(said).toHaveLength(1);
  });

  it('takes the one that has replaced it meanwhile', async () => {
    const page = looking();
    await page.keep(page.record('old'));
    await page.tell('s', {}, HEAD);
    const found = page.current(true);
    await page.clock.advance(1000);
    await page.keep(page.record('next'));
    await page.tell('next', {}, { ...HEAD, epoch: 2, sessionId: 'next' });
    expect(await found).toBe('next 1');
  });

  it('gives it up where each tab has its own', async () => {
    const page = looking({ store: memoryStore() });
    await page.keep(page.record('s'));
    await page.tell('s', { generation: 2 }, { epoch: 1 });
    expect(await page.current()).toBe('nothing');
  });

  it('removes from a slow store what nobody is signed in with', async () => {
    const store = originStore();
    const page = looking({ store: customStore({ ...store }) });
    await page.keep(page.record('old'));
    await page.tell('s', {}, HEAD);
    expect(await page.current(true)).toBe('nothing');
    expect(await store.load(page.core.name)).toBeUndefined();
  });
});
