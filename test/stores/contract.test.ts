// @vitest-environment-options { "url": "https://app.example/" }
import {
  cookieStore,
  customStore,
  localStorageStore,
  memoryStore,
  rememberStore,
  type SessionRecord,
  sessionStorageStore,
  type TokenStore,
} from 'latchkey';
import { tokenStoreContract } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

const memory = memoryStore();
const temporary = memoryStore();
const kept = new Map<string, SessionRecord>();
const text = new Map<string, string>();

const stores: Record<string, () => TokenStore> = {
  memoryStore: () => memory,
  sessionStorageStore: () => sessionStorageStore(),
  localStorageStore: () => localStorageStore(),
  'localStorageStore with maxAge': () => localStorageStore({ maxAge: 60_000 }),
  cookieStore: () => cookieStore(),
  'cookieStore with every option': () =>
    cookieStore({ path: '/', domain: 'app.example', sameSite: 'None', maxAge: 60_000 }),
  rememberStore: () => rememberStore(),
  'rememberStore, its stores the other way round': () =>
    rememberStore({ persistent: sessionStorageStore(), temporary: localStorageStore() }),
  'rememberStore over a cookie and memory': () => rememberStore({ persistent: cookieStore(), temporary }),
  'customStore of plain functions': () =>
    customStore({
      load: (name) => kept.get(name),
      save: (name, record) => kept.set(name, record),
      clear: (name) => kept.delete(name),
    }),
  'customStore of promises and text': () =>
    customStore({
      load: async (name) => text.get(name) ?? null,
      async save(name, record) {
        await Promise.resolve();
        text.set(name, JSON.stringify(record));
      },
      clear: async (name) => void text.delete(name),
      scope: 'origin',
      subscribe: () => () => {},
    }),
};

describe.each(Object.entries(stores))('%s', (_, create) => {
  for (const { title, check } of tokenStoreContract(create)) it(title, check);

  it('leaves nothing behind once the contract is over', () => {
    // happy-dom shows a removed cookie, without a value, to the end of the millisecond; Chromium's own test is stricter.
    const cookies = document.cookie.split('; ').filter((pair) => !pair.endsWith('='));
    expect([{ ...localStorage }, { ...sessionStorage }, cookies.join('')]).toEqual([{}, {}, '']);
    expect([kept.size, text.size]).toEqual([0, 0]);
  });
});

it('says of every store who sees it, and whether its methods are done when they return', () => {
  const told = Object.entries(stores).map(([title, create]) => [title, create().scope, create().synchronous]);
  expect(told).toEqual([
    ['memoryStore', 'tab', true],
    ['sessionStorageStore', 'tab', true],
    ['localStorageStore', 'origin', true],
    ['localStorageStore with maxAge', 'origin', true],
    ['cookieStore', 'origin', true],
    ['cookieStore with every option', 'origin', true],
    ['rememberStore', 'origin', true],
    ['rememberStore, its stores the other way round', 'tab', true],
    ['rememberStore over a cookie and memory', 'origin', true],
    ['customStore of plain functions', 'tab', false],
    ['customStore of promises and text', 'origin', false],
  ]);
});
