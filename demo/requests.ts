import { type AxiosInstance, isAxiosError } from 'axios';
import { isAuthError, SignedOutError } from 'latchkey';
import { type Bar, type BarState, type Client, putBar } from './bars.ts';
import { copied } from './copied.ts';
import { api } from './session.ts';
import { server } from './settings.ts';
import { ownTallies, shareTallies, tab } from './tab.ts';

const PATHS = server === 'flask' || server === 'oidc' ? ['/me'] : ['/me/', '/items/'];
let lastNumber = 0;

/** Sends requests, all at once: each by the session's client and, where it is there, by the copied one. */
export async function send(count: number): Promise<void> {
  const first = lastNumber + 1;
  lastNumber += count;
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  await Promise.all([
    ...numbers.map((number) => track('latchkey', api, number, first)),
    ...(copied ? numbers.map((number) => track('copied', copied?.api ?? api, number, first)) : []),
  ]);
  shareTallies();
}

async function track(client: Client, instance: AxiosInstance, number: number, first: number): Promise<void> {
  let bar: Bar = {
    id: `${tab}-${client}-${number}`,
    client,
    kind: 'request',
    tab,
    number,
    steps: [{ state: 'waiting', at: Date.now() }],
  };
  putBar(bar);
  const become = (state: BarState, more: Pick<Bar, 'status' | 'problem'> = {}): void => {
    bar = { ...bar, ...more, steps: [...bar.steps, { state, at: Date.now() }] };
    putBar(bar);
  };
  const watcher = { sent: () => become('sent'), refused: () => become('refused') };
  const path = PATHS[number % PATHS.length] ?? '/me/';
  const tally = ownTallies[client];
  try {
    // The same number for both clients: the server takes as long for the one as for the other.
    const { status } = await instance.get(path, { watcher, params: { n: number - first } });
    tally.answered += 1;
    become('answered', { status });
  } catch (error) {
    tally.failed += 1;
    const status = isAxiosError(error) ? error.response?.status : undefined;
    become('failed', status === undefined ? { problem: explain(error) } : { status });
  }
}

function explain(error: unknown): string {
  if (error instanceof SignedOutError) return `signed out (${error.reason ?? 'nobody was signed in'})`;
  if (isAuthError(error)) return error.code;
  return error instanceof Error ? error.message : String(error);
}
