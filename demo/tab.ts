import { allBars, type Bar, type Client, onBar, putBar } from './bars.ts';

/** What one tab has counted, for one client. */
export interface Tally {
  refreshes: number;
  answered: number;
  failed: number;
  /** How often the session ended without the user asking for it. */
  ends: number;
}
export type Tallies = Readonly<Record<Client, Tally>>;

type Message =
  | { readonly type: 'hello' | 'bye'; readonly tab: string }
  | { readonly type: 'tally'; readonly tab: string; readonly tallies: Tallies }
  | { readonly type: 'bars'; readonly bars: readonly Bar[] }
  | { readonly type: 'send'; readonly count: number };

/** How long changes are gathered before the other tabs hear of them, in milliseconds. */
const PAUSE = 100;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const empty = (): Tally => ({ refreshes: 0, answered: 0, failed: 0, ends: 0 });
/** What this tab has counted since it was opened. */
export const ownTallies: Tallies = { latchkey: empty(), copied: empty() };

/** The letter of this tab: the first that no other one has, held for as long as the page lives. */
export const tab: string = await takeLetter();
const others = new Map<string, Tallies>();
const channel = new BroadcastChannel('latchkey-demo');
let gathered = new Map<string, Bar>();

/** The tabs that are open, this one among them. */
export function openTabs(): readonly string[] {
  return [tab, ...others.keys()].sort();
}

/** What all open tabs have counted together. */
export function talliesOf(client: Client): Tally {
  const sum = empty();
  for (const tallies of [ownTallies, ...others.values()]) {
    for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tallies[client][key];
  }
  return sum;
}

/** Asks the other tabs to send as well. */
export function tellOthersToSend(count: number): void {
  post({ type: 'send', count });
}

/** Tells the others what this tab has counted. */
export function shareTallies(): void {
  post({ type: 'tally', tab, tallies: ownTallies });
}

/** Lets this tab and the others see each other's bars and numbers. */
export function joinTabs(handlers: { readonly onChange: () => void; readonly onSend: (count: number) => void }): void {
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'send') return handlers.onSend(data.count);
    if (data.type === 'bars') for (const bar of data.bars) putBar(bar, false);
    if (data.type === 'tally') others.set(data.tab, data.tallies);
    if (data.type === 'bye') others.delete(data.tab);
    if (data.type === 'hello') shareTallies();
    handlers.onChange();
  };
  onBar((bar, isOurs) => {
    if (!isOurs) return;
    if (gathered.size === 0) setTimeout(shareBars, PAUSE);
    gathered.set(bar.id, bar);
  });
  addEventListener('pagehide', () => post({ type: 'bye', tab }));
  // A page that comes back from the back/forward cache has been said good-bye to.
  addEventListener('pageshow', ({ persisted }) => persisted && shareTallies());
  post({ type: 'hello', tab });
  shareTallies();
}

/** How many requests of this tab have no answer yet. */
export function underWay(): number {
  return allBars().filter(
    (bar) =>
      bar.tab === tab && bar.kind === 'request' && !['answered', 'failed'].includes(bar.steps.at(-1)?.state ?? ''),
  ).length;
}

function shareBars(): void {
  post({ type: 'bars', bars: [...gathered.values()] });
  gathered = new Map();
}

function post(message: Message): void {
  channel.postMessage(message);
}

async function takeLetter(): Promise<string> {
  for (const letter of LETTERS) {
    const isOurs = await new Promise<boolean>((resolve) => {
      void navigator.locks.request(`latchkey-demo-tab-${letter}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise(() => {}) : undefined;
      });
    });
    if (isOurs) return letter;
  }
  return '?';
}
