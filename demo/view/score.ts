import { allBars, type Bar, type Client, isOver, onBar, stateOf, timesSent } from '../bars.ts';
import { copied, onCopiedChange, signInCopied } from '../copied.ts';
import { countRefreshes } from '../refresh-count.ts';
import { session } from '../session.ts';
import { openTabs, ownTallies, shareTallies, type Tally, tab, talliesOf, underWay } from '../tab.ts';
import { find, onClick } from './dom.ts';
import { say } from './say.ts';

const CLIENTS: readonly Client[] = copied ? ['latchkey', 'copied'] : ['latchkey'];
const NAMES: Readonly<Record<Client, string>> = { latchkey: 'latchkey', copied: 'copied interceptor' };
let isExpected = false;
let isPlanned = false;

/** Shows the numbers of all tabs, from now on; gives the function that shows them anew. */
export function showScore(): () => void {
  find('#copied', HTMLElement).hidden = !copied;
  onClick('#sign-in-copied', async () => {
    const state = session.getState();
    const name = state.status === 'signed-in' ? String(state.user.username ?? state.user.sub ?? '') : '';
    await signInCopied(/^(alice|bob)$/.test(name) ? name : 'alice');
  });
  countRefreshes((client) => {
    ownTallies[client].refreshes += 1;
    shareTallies();
    plan();
  });
  onBar(plan);
  onCopiedChange(plan);
  update();
  return plan;
}

/** Says, once, what became of what is sent next. */
export function sayWhenDone(): void {
  isExpected = true;
  say('Under way …');
}

/** Once for all that happens in one frame: a thousand requests are a thousand changes. */
function plan(): void {
  if (isPlanned) return;
  isPlanned = true;
  setTimeout(() => {
    isPlanned = false;
    update();
  }, 100);
}

function update(): void {
  for (const client of CLIENTS) {
    for (const [name, number] of Object.entries(talliesOf(client))) {
      const cell = find(`#${client} [data-count=${name}]`, HTMLElement);
      cell.textContent = number.toLocaleString('en');
      const isWorse = name !== 'answered' && number > talliesOf('latchkey')[name as keyof Tally];
      cell.toggleAttribute('data-worse', isWorse);
    }
  }
  find('#sign-in-copied', HTMLElement).hidden =
    !copied || copied.isSignedIn() || session.getState().status !== 'signed-in';
  find('#lanes tbody', HTMLTableSectionElement).replaceChildren(...CLIENTS.flatMap((client) => rowsOf(client)));
  if (isExpected && underWay() === 0) {
    isExpected = false;
    const sums = CLIENTS.map(
      (client) => `${NAMES[client]}: ${ownTallies[client].answered} answered, ${ownTallies[client].failed} failed`,
    );
    say(`All is answered in this tab. ${sums.join('; ')}.`);
    shareTallies();
  }
}

/** What the picture shows, in words: a row for each lane. */
function rowsOf(client: Client): HTMLTableRowElement[] {
  const bars = allBars().filter((bar) => bar.client === client);
  const tabs = openTabs().map((letter) => ({
    name: `tab ${letter}${letter === tab ? ' (this one)' : ''}`,
    bars: bars.filter((bar) => bar.kind === 'request' && bar.tab === letter),
  }));
  const lanes = [{ name: 'refresh', bars: bars.filter(({ kind }) => kind === 'refresh') }, ...tabs];
  return lanes.map(({ name, bars: inLane }) => {
    const row = document.createElement('tr');
    row.setAttribute('data-lane', `${client} ${name}`);
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = `${NAMES[client]}, ${name}`;
    row.append(head);
    for (const count of countsOf(inLane)) row.insertCell().textContent = count.toLocaleString('en');
    return row;
  });
}

function countsOf(bars: readonly Bar[]): readonly number[] {
  const count = (is: (bar: Bar) => boolean): number => bars.filter(is).length;
  return [
    count((bar) => ['waiting', 'refused'].includes(stateOf(bar))),
    count((bar) => stateOf(bar) === 'sent'),
    count((bar) => stateOf(bar) === 'answered'),
    count((bar) => stateOf(bar) === 'failed'),
    count((bar) => isOver(bar) && timesSent(bar) > 1),
  ];
}
