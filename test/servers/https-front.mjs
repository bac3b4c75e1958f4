// @ts-check
// https in front of a test server: some browsers keep Secure cookies only there, even on a loopback address.
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { generate } from 'selfsigned';

/** What belongs to one connection, not to the message (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

/**
 * @typedef {object} HttpsFront
 * @property {string} url `https://localhost:PORT`, without a slash at the end.
 * @property {string} certificate The certificate that it shows, as PEM: for `ca` where a client takes one.
 * @property {() => Promise<void>} stop Ends every connection, and waits until the port is free.
 */

/**
 * Starts a proxy that ends TLS, with a certificate made for it. It hands requests and answers on as they come, and tells
 * the server behind by `X-Forwarded-Proto` and `X-Forwarded-Host` what the browser asked for.
 * @param {string} targetUrl The origin of the server behind, as `http://127.0.0.1:8000`.
 * @returns {Promise<HttpsFront>}
 */
export async function startHttpsFront(targetUrl) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const server = createServer({ cert, key }, (asked, answer) => handOn(targetUrl, asked, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `https://localhost:${port}`,
    certificate: cert,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * @param {string} targetUrl
 * @param {import('node:http').IncomingMessage} asked
 * @param {import('node:http').ServerResponse} answer
 */
function handOn(targetUrl, asked, answer) {
  const { protocol, hostname, port } = new URL(targetUrl);
  const { host = 'localhost' } = asked.headers;
  const onward = request(
    {
      protocol,
      hostname,
      port,
      method: asked.method,
      path: asked.url,
      headers: [
        ...endToEnd(asked.rawHeaders, ['x-forwarded-proto', 'x-forwarded-host']),
        'X-Forwarded-Proto',
        'https',
        'X-Forwarded-Host',
        host,
        // A body without a length comes in chunks, and goes on so.
        ...('transfer-encoding' in asked.headers ? ['Transfer-Encoding', 'chunked'] : []),
      ],
      // No kept connection: it could end between two requests, and a browser's POST is not sent again.
      agent: false,
    },
    (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.statusMessage, endToEnd(answered.rawHeaders));
      answered.pipe(answer);
      // An answer that was cut off must not look whole.
      answered.on('error', () => answer.destroy());
    },
  );
  onward.on('error', () => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502).end();
  });
  // Whoever goes away is gone for the server behind too.
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
}

/**
 * @param {readonly string[]} raw Names and values in turn, with every one of a name that came twice.
 * @param {readonly string[]} without More names to leave out, in lower case.
 * @returns {string[]}
 */
function endToEnd(raw, without = []) {
  const kept = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase()) && !without.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
