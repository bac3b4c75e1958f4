import { isAxiosError } from 'axios';
import { isAuthError, SignedOutError } from 'latchkey';
import { api } from './session.ts';

/** One request, from the moment at which the app asks for it. */
export interface TrackedRequest {
  readonly id: number;
  readonly path: string;
  state: 'waiting' | 'sent' | 'refused' | 'answered' | 'failed';
  /** How often it went out to the server. */
  timesSent: number;
  /** The status of the answer that the app got. */
  status?: number;
  /** Why the app got none. */
  problem?: string;
}

const PATHS = ['/me/', '/items/'];
let lastId = 0;

/**
 * Sends requests, all at once.
 *
 * @param onChange Told of each request whenever its state is another.
 */
export async function send(count: number, onChange: (request: TrackedRequest) => void): Promise<void> {
  const requests = Array.from({ length: count }, (_, index): TrackedRequest => {
    const path = PATHS[index % PATHS.length] ?? '/me/';
    lastId += 1;
    return { id: lastId, path, state: 'waiting', timesSent: 0 };
  });
  for (const request of requests) onChange(request);
  await Promise.all(requests.map((request) => track(request, onChange)));
}

async function track(request: TrackedRequest, onChange: (request: TrackedRequest) => void): Promise<void> {
  function become(state: TrackedRequest['state']): void {
    request.state = state;
    onChange(request);
  }
  const watcher = {
    sent() {
      request.timesSent += 1;
      become('sent');
    },
    refused: () => become('refused'),
  };
  try {
    const { status } = await api.get(request.path, { watcher });
    request.status = status;
    become('answered');
  } catch (error) {
    const status = isAxiosError(error) ? error.response?.status : undefined;
    if (status !== undefined) request.status = status;
    else request.problem = explain(error);
    become(status === undefined ? 'failed' : 'answered');
  }
}

function explain(error: unknown): string {
  if (error instanceof SignedOutError) return `signed out (${error.reason ?? 'nobody was signed in'})`;
  if (isAuthError(error)) return error.code;
  return error instanceof Error ? error.message : String(error);
}
