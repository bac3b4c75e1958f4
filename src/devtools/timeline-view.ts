import { ago } from './ago.ts';
import { copyText } from './copy-text.ts';
import type { Lane, TimelineEntry } from './timeline-entry.ts';
import { TIMELINE_STYLE } from './timeline-style.ts';

/** What stands in the shadow root. */
export interface TimelineView {
  /** Shows entries, newest first, as they are at `now`, in milliseconds since 1970; undefined where there is no session. */
  show(entries: readonly TimelineEntry[] | undefined, now: number): void;
  /** What the button copies; undefined where there is nothing to copy. */
  textOf: (() => string) | undefined;
}

const LANES: Readonly<Record<Lane, string>> = {
  refresh: 'Refresh',
  session: 'Sign-in and out',
  tabs: 'Tabs',
  events: 'Events',
};

/** Fills a shadow root, once. All that it shows is text: nothing is read as markup. */
export function createTimelineView(root: ShadowRoot): TimelineView {
  const page = root.ownerDocument;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(TIMELINE_STYLE);
  // No <style> and no style attribute: a strict Content-Security-Policy has nothing against it.
  root.adoptedStyleSheets = [sheet];

  const make = <Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    attributes: Readonly<Record<string, string>> = {},
    ...content: readonly (Node | string)[]
  ): HTMLElementTagNameMap[Name] => {
    const element = page.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    element.append(...content);
    return element;
  };

  const hidden = new Set<Lane>();
  const filters = (Object.keys(LANES) as Lane[]).map((lane) => {
    const button = make('button', { type: 'button', 'data-lane': lane, 'aria-pressed': 'true' }, LANES[lane]);
    button.addEventListener('click', () => {
      if (!hidden.delete(lane)) hidden.add(lane);
      button.setAttribute('aria-pressed', String(!hidden.has(lane)));
      fill();
    });
    return button;
  });
  const copy = make('button', { type: 'button', class: 'copy' }, 'Copy as text');
  const said = make('span', { role: 'status' });
  const fallback = make('textarea', { readonly: '', hidden: '', rows: '6', 'aria-label': 'The trace as text' });
  const body = make('tbody');
  const head = ['Lane', 'What', 'Detail', 'When'].map((text) => make('th', { scope: 'col' }, text));
  const table = make('table', {}, make('caption', {}, 'What the session did, newest first'));
  table.append(make('thead', {}, make('tr', {}, ...head)), body);
  const empty = make('p');
  root.append(
    make(
      'div',
      { class: 'bar' },
      make('div', { role: 'group', 'aria-label': 'Lanes', class: 'lanes' }, ...filters),
      copy,
    ),
    said,
    fallback,
    // It scrolls, so the keyboard must reach it.
    make('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Timeline' }, table, empty),
  );

  let entries: readonly TimelineEntry[] | undefined;
  let signature = '';
  let now = 0;
  const times = new Map<HTMLTimeElement, number>();

  function fill(): void {
    const shown = (entries ?? []).filter(({ lane }) => !hidden.has(lane));
    times.clear();
    body.replaceChildren(...shown.map(rowOf));
    table.hidden = shown.length === 0;
    empty.hidden = shown.length > 0;
    empty.textContent = entries ? 'Nothing to show.' : 'No session.';
    tick();
  }

  function rowOf({ at, lane, what, detail }: TimelineEntry): HTMLTableRowElement {
    const date = new Date(at);
    const isDate = !Number.isNaN(date.getTime());
    const time = make('time', isDate ? { datetime: date.toISOString(), title: date.toLocaleString() } : {});
    times.set(time, at);
    const cells = [make('td', { class: 'lane' }, LANES[lane]), make('th', { scope: 'row' }, what)];
    return make('tr', { 'data-lane': lane, 'data-what': what }, ...cells, make('td', {}, detail), make('td', {}, time));
  }

  /** A row stays when only time has passed: whoever reads it, or has selected its text, keeps it. */
  function tick(): void {
    for (const [time, at] of times) {
      const text = ago(now - at);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  const view: TimelineView = {
    textOf: undefined,
    show(next, at) {
      now = at;
      const marks = next?.map((entry) => `${entry.at} ${entry.lane} ${entry.what} ${entry.detail}`).join('\n');
      const isOther = !entries !== !next || marks !== signature;
      entries = next;
      signature = marks ?? '';
      copy.disabled = !next;
      if (isOther || !empty.textContent) fill();
      else tick();
    },
  };
  copy.addEventListener('click', async () => {
    const text = view.textOf?.();
    if (text === undefined) return;
    const isCopied = await copyText(page, text);
    said.textContent = isCopied ? 'Copied.' : 'This page may not write to the clipboard: copy it from here.';
    fallback.hidden = isCopied;
    fallback.value = isCopied ? '' : text;
    if (!isCopied) fallback.select();
  });
  return view;
}
