// @vitest-environment node
// What the package builds on and cannot prove without a browser: each test is a promise of the platform.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, type Engine, launchEngine, type Tab } from './engines.ts';
import { type ServedPage, serveBlank } from './page.ts';

let blank: ServedPage;
beforeAll(async () => {
  blank = await serveBlank();
});
afterAll(() => blank?.stop());

describe.each(ENGINES)('%s', (name) => {
  let engine: Engine;
  /** A new tab for each test. */
  let one: Tab;
  /** The same tab, with a new page for each. */
  let two: Tab;
  beforeAll(async () => {
    engine = await launchEngine(name);
    two = await engine.open(blank.url);
  });
  afterAll(() => engine?.close());
  beforeEach(async () => {
    [one] = await Promise.all([engine.open(`${blank.url}/one`), two.goto(`${blank.url}/two`)]);
  });
  // Some tests did it themselves.
  afterEach(() => one.close().catch(() => {}));

  describe('a Web Lock', () => {
    beforeEach(() => one.run(hold));

    it('is seen by every tab, and given to nobody else', async () => {
      expect(await two.run(isFree)).toBe(false);
      expect(await two.run(async () => (await navigator.locks.query()).held?.map((lock) => lock.name))).toEqual(['it']);
    });

    it.each<[string, (tab: Tab) => Promise<void>]>([
      ['closes', (tab) => tab.close()],
      ['crashes', (tab) => tab.crash()],
      ['is reloaded', (tab) => tab.reload()],
    ])('goes to the next in line when the tab that holds it %s', async (_, leave) => {
      const taken = two.run(take);
      await two.run(isQueued);
      await leave(one);
      expect(await taken).toBe('it');
    });

    it('goes to the next in line when its page lets go of it in pagehide', async () => {
      const taken = two.run(take);
      await two.run(isQueued);
      await one.run(() => addEventListener('pagehide', () => release()));
      await one.goto(`${blank.url}/elsewhere`);
      expect(await taken).toBe('it');
    });

    // Chromium lets a page take its lock into the bfcache where others were in line already, and they wait on, for as
    // long as the page is kept. Only a look at the locks, or somebody leaving the line, throws the page out.
    it('goes to the next in line when its page goes away, at the latest when somebody looks', async () => {
      const taken = two.run(take);
      await two.run(isQueued);
      await one.goto(`${blank.url}/elsewhere`);
      await two.run(() => navigator.locks.query());
      expect(await taken).toBe('it');
    });

    it('stays with a frozen tab', async ({ skip }) => {
      skip(!engine.can.freeze, 'no tab can be frozen here');
      await one.freeze();
      expect(await two.run(isFree)).toBe(false);
      await one.thaw();
      await one.run(() => release());
      expect(await two.run(take)).toBe('it');
    });
  });

  describe('IndexedDB', () => {
    beforeEach(async () => {
      await one.run(openDatabase);
      await two.run(openDatabase);
    });

    it('runs the readwrite transactions of two tabs one after the other', async () => {
      await one.run(holdTransaction);
      await two.run(readInTransaction);
      expect(await two.run(() => row)).toBe('not read');
      await one.run(() => release());
      expect(await two.run(() => reading)).toBe('written at the end');
    });

    // WebKit keeps a page with its open transaction in the bfcache, and every other tab waits for it. To close the
    // database does not help.
    it('waits for no transaction that a page aborts in pagehide', async () => {
      await one.run(() =>
        addEventListener('pagehide', () => {
          const transaction = database.transaction('rows', 'readwrite');
          transaction.objectStore('rows').put('from a page that went away', 'row');
          transaction.abort();
        }),
      );
      await one.goto(`${blank.url}/elsewhere`);
      await two.run(readInTransaction);
      expect(await two.run(() => reading)).not.toBe('from a page that went away');
    });
  });

  describe('storage', () => {
    it('tells the other tabs what changed in localStorage, once they have touched it', async () => {
      // A tab of WebKit that never looked hears nothing.
      await two.run(() => localStorage.length);
      await two.run(() => {
        const told = new Promise((resolve) =>
          addEventListener('storage', ({ key, newValue }) => resolve([key, newValue])),
        );
        Object.assign(globalThis, { told });
      });
      const value = `value of ${name}`;
      await one.run((written) => localStorage.setItem('key', written), value);
      expect(await two.run(() => told)).toEqual(['key', value]);
    });

    it('of a session is the tab’s own, survives a reload, and is copied into a duplicate', async ({ skip }) => {
      await one.run(() => sessionStorage.setItem('key', 'value'));
      expect(await two.run(() => sessionStorage.getItem('key'))).toBeNull();
      await one.reload();
      expect(await one.run(() => sessionStorage.getItem('key'))).toBe('value');
      skip(!engine.can.duplicate, 'no tab can be duplicated here');
      const duplicate = await one.duplicate();
      expect(await duplicate.run(() => [location.pathname, sessionStorage.getItem('key')])).toEqual(['/one', 'value']);
      await duplicate.close();
    });
  });

  it('keeps a page with an idle BroadcastChannel and an idle database in the bfcache', async () => {
    await one.run(openDatabase);
    await one.run(() => {
      Object.assign(globalThis, { channel: new BroadcastChannel('idle') });
      addEventListener('pageshow', (event) => Object.assign(globalThis, { shown: event }));
    });
    await one.goto(`${blank.url}/elsewhere`);
    await one.back();
    expect(await one.run(() => [location.pathname, shown.persisted])).toEqual(['/one', true]);
  });

  it('says when it is cut off', async ({ skip }) => {
    skip(!engine.can.offline, 'no tab can be cut off here');
    const state = () =>
      fetch('/').then(
        () => navigator.onLine,
        () => navigator.onLine,
      );
    await engine.offline(true);
    expect(await Promise.all([one.run(state), two.run(state)])).toEqual([false, false]);
    await engine.offline(false);
    expect(await Promise.all([one.run(state), two.run(state)])).toEqual([true, true]);
    if (!engine.can.offlineTab) return;
    await one.offline(true);
    expect(await Promise.all([one.run(state), two.run(state)])).toEqual([false, true]);
  });
});

// Globals of the page, made by the functions below: they run there.
declare let release: () => void;
declare let database: IDBDatabase;
declare let reading: Promise<string>;
declare let row: string;
declare let told: Promise<unknown>;
declare let shown: PageTransitionEvent;

/** Takes the lock, and keeps it until `release()`. */
const hold = () =>
  new Promise<void>((held) => {
    void navigator.locks.request('it', () => {
      held();
      return new Promise<void>((resolve) => Object.assign(globalThis, { release: resolve }));
    });
  });

const take = () => navigator.locks.request('it', (lock) => lock?.name);

const isFree = () => navigator.locks.request('it', { ifAvailable: true }, (lock) => lock !== null);

/** Resolves when somebody waits for the lock. */
const isQueued = async () => {
  while ((await navigator.locks.query()).pending?.length === 0);
};

const openDatabase = () =>
  new Promise<void>((resolve) => {
    const request = indexedDB.open('platform', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('rows');
    request.onsuccess = () => {
      Object.assign(globalThis, { database: request.result });
      resolve();
    };
  });

/** Begins a transaction, and keeps it busy until `release()`. */
const holdTransaction = () =>
  new Promise<void>((begun) => {
    const rows = database.transaction('rows', 'readwrite').objectStore('rows');
    let isHeld = true;
    const ask = (): void => {
      begun();
      if (isHeld) rows.get('row').onsuccess = ask;
      else rows.put('written at the end', 'row');
    };
    rows.put('written at the beginning', 'row').onsuccess = ask;
    Object.assign(globalThis, {
      release: () => {
        isHeld = false;
      },
    });
  });

/** Begins a transaction that reads the row. */
const readInTransaction = () => {
  const request = database.transaction('rows', 'readwrite').objectStore('rows').get('row');
  const reading = new Promise((resolve) => {
    request.onsuccess = () => {
      Object.assign(globalThis, { row: request.result });
      resolve(request.result);
    };
  });
  Object.assign(globalThis, { reading, row: 'not read' });
};
