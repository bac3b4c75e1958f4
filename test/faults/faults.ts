import { once } from 'node:events';
import type { Exchange, Fault } from './fault-server.ts';
import type { Reply } from './issuer.ts';

/** Nothing goes wrong. */
export const none: Fault = ({ process, send }) => send(process());

/** Another answer than the right one; nothing is done. */
export function answer(status: number, body: unknown = { detail: 'Try again.' }, headers?: Reply['headers']): Fault {
  return ({ send }) => send({ status, body, ...(headers && { headers }) });
}

/** Busy, and says for how long. */
export function busy(status: number, retryAfter?: string): Fault {
  return answer(status, { detail: 'Busy.' }, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
}

/** A captive portal, or a single-page app that answers everything with its first page. */
export const html: Fault = answer(200, '<!doctype html><title>Welcome to the hotel</title>', {
  'Content-Type': 'text/html',
});

/** The connection breaks, and nothing was done. */
export const lostRequest: Fault = ({ reset }) => reset();

/** It was done, and then the connection breaks. */
export const lostAnswer: Fault = ({ process, reset }) => {
  process();
  reset();
};

/** It was done, and the connection breaks in the middle of the answer. */
export const halfAnswer: Fault = async ({ process, response, reset }) => {
  const text = JSON.stringify(process().body);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(text.length) });
  await new Promise((resolve) => response.write(text.slice(0, text.length / 2), resolve));
  reset();
};

/** It was done, and the answer ends too early without anybody noticing. */
export const truncated: Fault = ({ process, send }) => {
  const text = JSON.stringify(process().body);
  send({ status: 200, body: text.slice(0, text.length / 2) });
};

/** Never answered; nothing is done. */
export const hang: Fault = () => {};

/** The browser has sent the same request a second time by itself, and what it shows is the second answer (N2b). */
export const sentTwice: Fault = ({ process, send }) => {
  process();
  send(process());
};

/** Sent on to another origin, which would get the body as well. */
export const redirect: Fault = ({ send, elsewhere, request }) =>
  send({ status: 307, body: '', headers: { Location: `${elsewhere}${request.url}` } });

/** An answer that does not end before so many bytes; gives how many could be written before the client hung up. */
export function huge(bytes: number): Fault & { written: number } {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const fault: Fault & { written: number } = Object.assign(
    async ({ response }: Exchange) => {
      response.on('error', () => {});
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const closed = once(response, 'close');
      while (fault.written < bytes && !response.destroyed) {
        fault.written += chunk.length;
        if (!response.write(chunk)) await Promise.race([new Promise((go) => response.once('drain', go)), closed]);
      }
      response.end();
    },
    { written: 0 },
  );
  return fault;
}

/** A fault that happens when it is told to: the request waits at the server until then. */
export function held(then: Fault = none): Fault & { release(): Promise<void> } {
  const arrived: Exchange[] = [];
  let isOpen = false;
  return Object.assign(
    (exchange: Exchange) => {
      if (isOpen) return then(exchange);
      arrived.push(exchange);
      return undefined;
    },
    {
      async release() {
        isOpen = true;
        for (const exchange of arrived.splice(0)) await then(exchange);
      },
    },
  );
}
