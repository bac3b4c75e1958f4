import { vi } from 'vitest';
import type { BackendContext } from '../../src/backends/backend.ts';
import { RECORD_VERSION, type SessionRecord } from '../../src/token/session-record.ts';
import { createTokenSet, type TokenInput } from '../../src/token/token-set.ts';
import { contextOf } from './local-server.ts';

/** One request as a backend sent it. */
export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  /** Undefined where there was none. */
  readonly body: string | undefined;
  readonly credentials: RequestCredentials | undefined;
  readonly keepalive: boolean;
}

export interface Talk {
  readonly sent: Sent[];
  readonly context: BackendContext;
}

/** A status and a body: text as it is, the rest as JSON. */
export type Reply = readonly [status: number, body?: unknown];

/** Answers the first request with the first reply, and so on; the last one is given to all that follow. */
export function talk(...replies: readonly Reply[]): Talk {
  const sent: Sent[] = [];
  const send: typeof fetch = async (input, init = {}) => {
    const { method = 'GET', headers, body, credentials, keepalive = false } = init;
    const text = typeof body === 'string' ? body : undefined;
    sent.push({ url: String(input), method, headers: new Headers(headers), body: text, credentials, keepalive });
    const [status, answer = ''] = replies[Math.min(sent.length, replies.length) - 1] ?? [200, {}];
    const said = typeof answer === 'string' ? answer : JSON.stringify(answer);
    return new Response(status === 204 || status === 205 ? null : said, { status });
  };
  return { sent, context: contextOf(send) };
}

/** A record as the engine hands it to a backend; of a cookie's session it may have no token at all. */
export function recordOf(tokens: TokenInput = {}): SessionRecord {
  return {
    version: RECORD_VERSION,
    sessionId: 's',
    generation: 1,
    receivedAt: 0,
    subject: undefined,
    remember: undefined,
    tokens: createTokenSet(tokens, 0),
  };
}

/** What came of it: the value, or the error. */
export async function outcomeOf(work: Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return error;
  }
}

/** What `document.cookie` shows until the end of the test, or until it is called again. */
export function showCookies(cookie: string): void {
  vi.stubGlobal('document', { cookie });
}

/** An answer of an API to a POST, as a transport hands it to `judge`. */
export function answerOf(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return {
    status,
    method: 'POST',
    url: 'https://api.example.com/api/',
    header: (name: string): string | undefined =>
      new Headers({ 'Content-Type': 'application/json', ...headers }).get(name) ?? undefined,
    body: async (): Promise<unknown> => body,
  };
}
