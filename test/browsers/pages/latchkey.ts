// The whole package as a global of the page, so that a test can write what the page does where it is tested:
// `page.evaluate(() => latchkey.localStorageStore().load('default'))`.
import * as doors from 'latchkey';
import * as backends from 'latchkey/backends';
import * as overFetch from 'latchkey/fetch';
import * as testing from 'latchkey/testing';

const everything = { ...doors, ...backends, ...overFetch, ...testing };

declare global {
  var latchkey: typeof everything;
}

globalThis.latchkey = everything;
