import { small } from '../../test/model/protocol/configurations.ts';
import { search } from '../../test/model/protocol/search.ts';
import { type Found, find } from './schedule.ts';
import { variantOf } from './variants.ts';

/** What the page asks: the failing schedule of a variant, or one whole search, by its place in the table. */
export type Question = { readonly find: string } | { readonly search: number };

/** What it is told. `states` is how many different worlds there are so far; the last word says what broke, if anything. */
export type Answer =
  | { readonly found: Found }
  | { readonly states: number }
  | { readonly states: number; readonly isDone: true; readonly broken: string | undefined };

// A worker's own, which the types of a page do not have.
const page = globalThis as unknown as { postMessage(answer: Answer): void };

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  if ('find' in data) return page.postMessage({ found: find(variantOf(data.find)) });
  const configuration = small[data.search];
  if (!configuration) throw new RangeError(`There is no search ${data.search}.`);
  const { states, broken } = search(configuration.setting, { onLayer: (count) => page.postMessage({ states: count }) });
  page.postMessage({ states, isDone: true, broken });
});
