import { createAuthorizedFetch } from 'latchkey/fetch';
import { type ItemsPage, itemsUrl, pageCount, pageOf } from '../shared/items.ts';
import { session } from '../shared/session.ts';
import { burstText, problemText } from '../shared/texts.ts';
import { button, element } from './element.ts';
import type { Route } from './route.ts';
import type { State, View } from './view.ts';

const authorizedFetch = createAuthorizedFetch(session);
const BURST = 20;

/** The list, in pages. */
export function createItems(_: State, route: Route): View {
  let page = pageOf(route.query.get('page'));
  let leave = new AbortController();
  const told = element('p', { role: 'status' });
  const problem = element('p', { role: 'alert', class: 'problem' });
  const list = element('ul', { 'aria-label': 'Items', 'aria-busy': 'true' });
  const paging = element('nav', { 'aria-label': 'Pages of the list', class: 'paging' });
  paging.hidden = true;

  function show({ count, results }: ItemsPage): void {
    list.replaceChildren(...results.map(({ name }) => element('li', {}, name)));
    const last = pageCount(count);
    paging.replaceChildren(
      page > 1 ? element('a', { href: `#/items?page=${page - 1}`, rel: 'prev' }, 'Previous') : element('span'),
      element('span', {}, `Page ${page} of ${last}`),
      page < last ? element('a', { href: `#/items?page=${page + 1}`, rel: 'next' }, 'Next') : element('span'),
    );
    paging.hidden = false;
  }
  /** One request of the page that is shown. Whatever comes of it too late is not shown. */
  async function load({ signal }: AbortController): Promise<void> {
    try {
      const items = await read(page, signal);
      if (!signal.aborted) show(items);
    } catch (error) {
      if (!signal.aborted) problem.textContent ||= problemText(error);
      throw error;
    }
  }
  /** What was asked for before is not wanted any more. */
  function begin(): AbortController {
    leave.abort();
    leave = new AbortController();
    problem.textContent = '';
    told.textContent = '';
    return leave;
  }
  async function open(): Promise<void> {
    const mine = begin();
    list.ariaBusy = 'true';
    await load(mine).catch(() => {});
    if (mine === leave) list.ariaBusy = 'false';
  }
  async function burst(): Promise<void> {
    const mine = begin();
    let answered = 0;
    told.textContent = burstText(answered, BURST);
    const one = async (): Promise<void> => {
      await load(mine);
      answered += 1;
      if (mine === leave) told.textContent = burstText(answered, BURST);
    };
    await Promise.allSettled(Array.from({ length: BURST }, one));
    if (mine === leave) list.ariaBusy = 'false';
  }

  void open();
  const again = button(`Reload ${BURST} times`, () => void burst(), { class: 'quiet' });
  const tools = element('div', { class: 'tools' }, again, told);
  return {
    main: element('main', {}, element('h1', {}, 'Items'), tools, problem, list, paging),
    update(_, { query }) {
      const wanted = pageOf(query.get('page'));
      if (wanted === page) return;
      page = wanted;
      void open();
    },
    close: () => leave.abort(),
  };
}

async function read(page: number, signal: AbortSignal): Promise<ItemsPage> {
  const response = await authorizedFetch(itemsUrl(page), { signal });
  if (!response.ok) throw new Error(`The list answered ${response.status}`);
  return response.json();
}
