import { countRefreshes } from '../refresh-count.ts';
import type { TrackedRequest } from '../requests.ts';
import { find } from './dom.ts';

/** How many requests stay in the table. */
const LENGTH = 40;

const shown = new Map<number, { readonly request: TrackedRequest; readonly row: HTMLTableRowElement }>();

/** Shows the number of refreshes from now on. */
export function showRefreshes(): void {
  countRefreshes((count) => {
    find('#count-refreshes', HTMLElement).textContent = String(count);
  });
}

/** Shows what a request has become; a new one gets a row at the top. */
export function showRequest(request: TrackedRequest): void {
  const row = shown.get(request.id)?.row ?? addRow(request);
  row.setAttribute('data-state', request.state);
  row.setAttribute('data-status', String(request.status ?? ''));
  const [state, sent] = [row.cells[2], row.cells[3]];
  if (state !== undefined) state.textContent = stateOf(request);
  if (sent !== undefined) sent.textContent = timesOf(request);
  showCounts();
}

function addRow(request: TrackedRequest): HTMLTableRowElement {
  const body = find('#rows', HTMLTableSectionElement);
  const row = body.insertRow(0);
  for (const text of [String(request.id), `/api${request.path}`, '', '']) row.insertCell().textContent = text;
  shown.set(request.id, { request, row });
  for (const [id, oldest] of shown) {
    if (shown.size <= LENGTH) break;
    oldest.row.remove();
    shown.delete(id);
  }
  find('#requests table', HTMLTableElement).hidden = false;
  return row;
}

function stateOf({ state, timesSent, status, problem }: TrackedRequest): string {
  if (state === 'waiting') return 'waiting';
  if (state === 'sent') return timesSent > 1 ? 'sent again' : 'sent';
  if (state === 'refused') return 'refused 401';
  return state === 'answered' ? `answered ${status}` : `${timesSent === 0 ? 'not sent' : 'given up'}: ${problem}`;
}

function timesOf({ timesSent }: TrackedRequest): string {
  return ['', 'once', 'twice'][timesSent] ?? `${timesSent} times`;
}

function showCounts(): void {
  const requests = [...shown.values()].map(({ request }) => request);
  const count = (...states: readonly TrackedRequest['state'][]): number =>
    requests.filter(({ state }) => states.includes(state)).length;
  const counts = { waiting: count('waiting', 'refused'), sent: count('sent'), answered: count('answered') };
  for (const [name, number] of Object.entries(counts)) find(`#count-${name}`, HTMLElement).textContent = String(number);
  const good = requests.filter(({ status }) => status === 200).length;
  const isUnderWay = counts.waiting + counts.sent > 0;
  const text = isUnderWay ? 'Under way …' : `${good} of ${requests.length} answered with 200.`;
  const summary = find('#summary', HTMLElement);
  // A live region: it speaks when it starts and when all is said, not forty times.
  if (summary.textContent !== text) summary.textContent = text;
}
