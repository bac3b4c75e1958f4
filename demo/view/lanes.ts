import { type Bar, type BarState, type Client, isOver } from '../bars.ts';

/** A lane of the picture: from `top` to `bottom`, in shares of the whole height. */
export interface Lane {
  readonly label: string;
  readonly client: Client;
  readonly top: number;
  readonly bottom: number;
}

/** A piece of a bar, in one state: its times in milliseconds since the scene began, its place in shares of the height. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly bottom: number;
  readonly state: BarState;
}

/** As many bars as a lane has room for; of more, every so-and-so-many-th is drawn. */
const MOST = 40;
/** How much higher a lane of requests is than one of refreshes. */
const WEIGHT = 3;
/** The room between the two clients, in heights of a refresh lane. */
const GAP = 0.6;

/** The lanes, from the top: for each client its refreshes, then the requests of each tab. */
export function lanesOf(clients: readonly Client[], tabs: readonly string[], own: string): readonly Lane[] {
  const total = clients.length * (1 + WEIGHT * tabs.length) + (clients.length - 1) * GAP;
  let place = 0;
  const lane = (client: Client, label: string, height: number): Lane => {
    const top = place / total;
    place += height;
    return { client, label, top, bottom: place / total };
  };
  return clients.flatMap((client) => {
    if (place > 0) place += GAP;
    const names = tabs.map((tab) => (tab === own ? `tab ${tab}, this` : `tab ${tab}`));
    return [lane(client, 'refresh', 1), ...names.map((name) => lane(client, name, WEIGHT))];
  });
}

/** The pieces of the bars of one lane. Those that are not over reach to `now`. */
export function piecesOf(bars: readonly Bar[], { top, bottom }: Lane, start: number, now: number): readonly Piece[] {
  const step = Math.max(Math.ceil(bars.length / MOST), 1);
  const shown = bars.filter((_, index) => index % step === 0);
  const isRefresh = shown[0]?.kind === 'refresh';
  // Refreshes stand one after the other, as they should: those that overlap are seen to.
  const rows = isRefresh ? 1 : Math.max(shown.length, 8);
  const margin = (bottom - top) * 0.12;
  const height = (bottom - top - 2 * margin) / rows;
  return shown.flatMap((bar, index) => {
    const y = top + margin + (isRefresh ? 0 : index * height);
    const end = isOver(bar) ? (bar.steps.at(-1)?.at ?? now) : now;
    return bar.steps.map(({ state, at }, place) => ({
      from: at - start,
      to: (bar.steps[place + 1]?.at ?? end) - start,
      top: y + height * 0.12,
      bottom: y + height * 0.88,
      state,
    }));
  });
}
