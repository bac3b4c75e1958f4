/** Who sends: the client under latchkey, or the copied interceptor beside it. */
export type Client = 'latchkey' | 'copied';
export type BarState = 'waiting' | 'sent' | 'refused' | 'answered' | 'failed';

/** A request, or a refresh, from when the app asks for it to the answer. Times are in milliseconds since 1970. */
export interface Bar {
  readonly id: string;
  readonly client: Client;
  readonly kind: 'request' | 'refresh';
  /** The letter of the tab that sends it. */
  readonly tab: string;
  readonly number: number;
  /** What it became, and when, oldest first. */
  readonly steps: readonly { readonly state: BarState; readonly at: number }[];
  /** The status of the answer that the app got; undefined while there is none. */
  readonly status?: number | undefined;
  /** Why the app got none. */
  readonly problem?: string | undefined;
}

/** More than one screen shows. */
const KEPT = 4500;

const bars = new Map<string, Bar>();
const listeners = new Set<(bar: Bar, isOurs: boolean) => void>();

/** All bars, oldest first, those of other tabs too. */
export function allBars(): readonly Bar[] {
  return [...bars.values()];
}

/** Notes what a bar has become, here (`isOurs`) or in another tab. */
export function putBar(bar: Bar, isOurs = true): void {
  bars.set(bar.id, bar);
  if (bars.size > KEPT) bars.delete(bars.keys().next().value ?? '');
  for (const listener of listeners) listener(bar, isOurs);
}

export function onBar(listener: (bar: Bar, isOurs: boolean) => void): void {
  listeners.add(listener);
}

export function stateOf({ steps }: Bar): BarState {
  return steps.at(-1)?.state ?? 'waiting';
}

export function isOver(bar: Bar): boolean {
  const state = stateOf(bar);
  return state === 'answered' || state === 'failed';
}

export function timesSent({ steps }: Bar): number {
  return steps.filter(({ state }) => state === 'sent').length;
}
