import { plain, type Setting } from './setting.ts';

/** A setting in which the protocol holds, and how many different worlds were found in it. */
export interface Configuration {
  readonly name: string;
  readonly states: number;
  readonly setting: Setting;
}

/** Searched with every test run: small enough for a slow machine, and together they make every move. */
export const small: readonly Configuration[] = [
  configuration('synchronous store, 2 tabs, 1 fault', 66904, { faults: 1 }),
  configuration('synchronous store, 2 tabs, 2 faults', 50819, { faults: 2, generations: 2 }),
  configuration('synchronous store, 2 tabs, 2 faults, server rejects', 50192, {
    faults: 2,
    generations: 2,
    server: 'rejects',
  }),
  configuration('synchronous store, 2 tabs, 2 faults, server has a grace', 46589, {
    faults: 2,
    generations: 2,
    server: 'grace',
  }),
  configuration('synchronous store, 3 tabs, no fault', 38733, { tabs: 3, generations: 2 }),
  configuration('synchronous store, 3 tabs, 1 fault, no sign-in', 7926, {
    tabs: 3,
    faults: 1,
    generations: 2,
    signIns: 0,
  }),
  configuration('asynchronous store, 2 tabs, 1 fault', 112314, { faults: 1, store: 'asynchronous' }),
  configuration('asynchronous store, 3 tabs, 1 fault, no sign-in', 4811, {
    tabs: 3,
    faults: 1,
    store: 'asynchronous',
    generations: 2,
    signIns: 0,
  }),
  configuration('cookie, 2 tabs, 1 fault', 106978, { faults: 1, credential: 'cookie', generations: 2 }),
  configuration('cookie, 2 tabs, 1 fault, server has a grace', 97973, {
    faults: 1,
    credential: 'cookie',
    generations: 2,
    server: 'grace',
  }),
  configuration('cookie, 2 tabs, 2 faults, no sign-in', 97181, {
    faults: 2,
    credential: 'cookie',
    signIns: 0,
  }),
  configuration('cookie, 3 tabs, 1 fault, no sign-in', 85323, {
    tabs: 3,
    faults: 1,
    credential: 'cookie',
    generations: 2,
    signIns: 0,
  }),
  configuration('lease, 2 tabs, 1 fault, server has a grace', 32382, {
    faults: 1,
    lock: 'lease',
    generations: 2,
    server: 'grace',
  }),
  configuration('lease, 3 tabs, 1 fault, no sign-in', 18374, {
    tabs: 3,
    faults: 1,
    lock: 'lease',
    generations: 2,
    signIns: 0,
  }),
  configuration('tab-scope store, duplicated tab, 2 faults', 55254, { faults: 2, store: 'tab', generations: 2 }),
  configuration('tab-scope store, duplicated tab, 1 fault, server has a grace', 61646, {
    faults: 1,
    store: 'tab',
    server: 'grace',
  }),
  configuration('tab-scope store, a session each, 1 fault', 67038, {
    faults: 1,
    store: 'tab',
    sessions: [1, 2, 2],
    generations: 2,
  }),
  configuration('tab-scope store, 3 tabs, two of them alike, 1 fault, no sign-in', 22048, {
    tabs: 3,
    faults: 1,
    store: 'tab',
    sessions: [1, 1, 2],
    generations: 2,
    signIns: 0,
  }),
];

/** Searched by `npm run soak`. */
export const large: readonly Configuration[] = [
  configuration('synchronous store, 2 tabs, 2 faults, 3 generations', 209188, { faults: 2 }),
  configuration('synchronous store, 2 tabs, 1 fault, 2 sign-outs, 2 sign-ins', 929373, {
    faults: 1,
    signOuts: 2,
    signIns: 2,
  }),
  configuration('synchronous store, 3 tabs, 1 fault', 2313682, { tabs: 3, faults: 1 }),
  configuration('synchronous store, 3 tabs, 2 faults', 898472, { tabs: 3, faults: 2, generations: 2 }),
  configuration('synchronous store, 3 tabs, 1 fault, server has a grace', 268422, {
    tabs: 3,
    faults: 1,
    generations: 2,
    server: 'grace',
  }),
  configuration('asynchronous store, 2 tabs, 2 faults', 491385, { faults: 2, store: 'asynchronous' }),
  configuration('asynchronous store, 2 tabs, 2 faults, server has a grace', 436436, {
    faults: 2,
    store: 'asynchronous',
    server: 'grace',
  }),
  configuration('asynchronous store, 3 tabs, 1 fault', 195665, {
    tabs: 3,
    faults: 1,
    store: 'asynchronous',
    generations: 2,
  }),
  configuration('cookie, 2 tabs, 1 fault, 3 generations', 414399, { faults: 1, credential: 'cookie' }),
  configuration('cookie, 2 tabs, 1 fault, 3 generations, server has a grace', 390524, {
    faults: 1,
    credential: 'cookie',
    server: 'grace',
  }),
  configuration('cookie, 2 tabs, 1 fault, server rejects', 408142, {
    faults: 1,
    credential: 'cookie',
    server: 'rejects',
  }),
  configuration('cookie, 2 tabs, 2 faults', 506670, { faults: 2, credential: 'cookie', generations: 2 }),
  configuration('cookie, 2 tabs, 2 faults, server has a grace', 409172, {
    faults: 2,
    credential: 'cookie',
    generations: 2,
    server: 'grace',
  }),
  configuration('cookie, 2 tabs, 2 faults, server rejects', 492991, {
    faults: 2,
    credential: 'cookie',
    generations: 2,
    server: 'rejects',
  }),
  configuration('cookie, 2 tabs, 1 fault, 2 sign-outs, 2 sign-ins', 2334981, {
    faults: 1,
    credential: 'cookie',
    generations: 2,
    signOuts: 2,
    signIns: 2,
  }),
  configuration('cookie, 3 tabs, 1 fault', 2253810, { tabs: 3, faults: 1, credential: 'cookie', generations: 2 }),
  configuration('lease, 2 tabs, 2 faults, server rejects', 710802, { faults: 2, lock: 'lease', server: 'rejects' }),
  configuration('lease, 2 tabs, 2 faults, server has a grace', 693079, { faults: 2, lock: 'lease', server: 'grace' }),
  configuration('lease, 3 tabs, 1 fault, server has a grace', 651913, {
    tabs: 3,
    faults: 1,
    lock: 'lease',
    generations: 2,
    server: 'grace',
  }),
  configuration('tab-scope store, duplicated tab, 2 faults, 3 generations', 259125, { faults: 2, store: 'tab' }),
  configuration('tab-scope store, a session each, 2 faults', 309799, {
    faults: 2,
    store: 'tab',
    sessions: [1, 2, 2],
    generations: 2,
  }),
  configuration('tab-scope store, 3 tabs, two of them alike, 1 fault', 587665, {
    tabs: 3,
    faults: 1,
    store: 'tab',
    sessions: [1, 1, 2],
    generations: 2,
  }),
  configuration('tab-scope store, 3 tabs, all alike, 2 faults, no sign-in', 7637, {
    tabs: 3,
    faults: 2,
    store: 'tab',
    generations: 2,
    signIns: 0,
  }),
];

function configuration(name: string, states: number, differences: Partial<Setting>): Configuration {
  return { name, states, setting: { ...plain, ...differences } };
}
