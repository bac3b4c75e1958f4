// @vitest-environment node
// Why there is a fence in IndexedDB: under one Web Lock, what a tab wrote is not always what the next one reads.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, type Engine, launchEngine } from './engines.ts';
import { type ServedPage, serveBlank } from './page.ts';

const ROUNDS = 300;
const WAYS = ['localStorage', 'BroadcastChannel', 'document.cookie', 'IndexedDB'] as const;

declare let counter: { read(): unknown; write(value: number): unknown };

const lines: string[] = [];
let blank: ServedPage;
beforeAll(async () => {
  blank = await serveBlank();
});
afterAll(async () => {
  await blank?.stop();
  process.stdout.write(`\nLost of ${2 * ROUNDS} increments by two tabs, under one lock:\n${lines.join('\n')}\n`);
});

describe.each(ENGINES)('%s, a counter under one Web Lock', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await launchEngine(name);
  });
  afterAll(() => engine?.close());

  it.each(WAYS)('in %s', async (way) => {
    const tabs = await Promise.all([engine.open(`${blank.url}/one`), engine.open(`${blank.url}/two`)]);
    await Promise.all(tabs.map((tab) => tab.run(makeCounter, way)));
    await Promise.all(
      tabs.map((tab, index) => tab.run(incrementAll, `${way} ${index}`, `${way} ${1 - index}`, ROUNDS)),
    );
    // Whoever wrote last knows what it wrote.
    const lost = 2 * ROUNDS - Math.max(...(await Promise.all(tabs.map((tab) => tab.run<number>('counter.read()')))));
    await Promise.all(tabs.map((tab) => tab.close()));

    lines.push(`  ${`${name} ${engine.version}`.padEnd(24)} ${way.padEnd(18)} ${lost}`);
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThan(2 * ROUNDS);
    if (way === 'IndexedDB') expect(lost).toBe(0);
  });
});

/** Makes `counter` on the page. */
async function makeCounter(way: (typeof WAYS)[number]): Promise<void> {
  const COUNTERS: Record<typeof way, () => Promise<typeof counter> | typeof counter> = {
    localStorage: () => ({
      read: () => Number(localStorage.getItem('counter')),
      write: (value) => localStorage.setItem('counter', String(value)),
    }),
    BroadcastChannel() {
      let known = 0;
      const channel = new BroadcastChannel('counter');
      channel.onmessage = ({ data }) => {
        known = data;
      };
      return {
        read: () => known,
        write(value) {
          known = value;
          channel.postMessage(value);
        },
      };
    },
    'document.cookie': () => ({
      read: () => Number(/counter=(\d+)/.exec(document.cookie)?.[1] ?? 0),
      write(value) {
        // biome-ignore lint/suspicious/noDocumentCookie: this is what is measured.
        document.cookie = `counter=${value}; path=/`;
      },
    }),
    async IndexedDB() {
      const request = indexedDB.open('counter', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('rows');
      await new Promise((resolve) => request.addEventListener('success', resolve));
      const rows = (mode: IDBTransactionMode) => request.result.transaction('rows', mode).objectStore('rows');
      return {
        read: () =>
          new Promise((resolve) => {
            const row = rows('readonly').get('counter');
            row.onsuccess = () => resolve(row.result ?? 0);
          }),
        // A value is there for others when its transaction is complete, not when the request is.
        write: (value) =>
          new Promise<void>((resolve) => {
            const store = rows('readwrite');
            store.put(value, 'counter');
            store.transaction.oncomplete = () => resolve();
          }),
      };
    },
  };
  Object.assign(globalThis, { counter: await COUNTERS[way]() });
}

/** Waits for the other tab, then increments so many times. */
async function incrementAll(me: string, other: string, rounds: number): Promise<void> {
  // Held as long as the page is there: who comes late still sees it.
  void navigator.locks.request(me, () => new Promise(() => {}));
  while (!(await navigator.locks.query()).held?.some((lock) => lock.name === other));
  for (let round = 0; round < rounds; round++) {
    await navigator.locks.request('counter', async () => {
      await counter.write(Number(await counter.read()) + 1);
    });
  }
}
