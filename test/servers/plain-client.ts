import { request as http, type IncomingHttpHeaders } from 'node:http';
import { request as https } from 'node:https';

/** What a server answered, before anything of ours has seen it. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text read as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever a server says
  readonly body: any;
}

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bearer?: string;
}

export interface PlainClient {
  send(path: string, request?: PlainRequest): Promise<Reply>;
  /** POST with a JSON body, which is `{}` when none is given. */
  post(path: string, json?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** The value of a cookie, HttpOnly or not. */
  cookie(name: string): string | undefined;
  /** Goes back to a cookie of before, as a tab that was behind. */
  put(name: string, value: string, path: string): void;
}

/**
 * A client with nothing of ours in it, to prove the servers themselves. It keeps cookies as a browser does, as far as
 * one host needs it: by name and path, Secure ones for https alone.
 */
export function createPlainClient(origin: string, certificate?: string): PlainClient {
  const jar = new Map<string, { name: string; value: string; path: string; secure: boolean }>();
  const isHttps = origin.startsWith('https:');

  function cookiesFor(path: string): string {
    return [...jar.values()]
      .filter((cookie) => path.startsWith(cookie.path) && (isHttps || !cookie.secure))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  function keep(line: string): void {
    const [pair = '', ...flags] = line.split('; ');
    const name = pair.slice(0, pair.indexOf('='));
    const flag = (wanted: string) => flags.find((each) => each.toLowerCase().startsWith(wanted))?.split('=')[1];
    const path = flag('path') ?? '/';
    const isOver = flag('max-age') === '0' || Date.parse(flag('expires') ?? '2100') < Date.now();
    if (isOver) jar.delete(`${name} ${path}`);
    else
      jar.set(`${name} ${path}`, { name, value: pair.slice(name.length + 1), path, secure: flags.includes('Secure') });
  }

  function send(path: string, { method = 'GET', headers = {}, json, bearer }: PlainRequest = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const payload = json === undefined ? '' : JSON.stringify(json);
      const cookies = cookiesFor(path);
      const sent = {
        'Content-Length': String(Buffer.byteLength(payload)),
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...(cookies && { Cookie: cookies }),
        ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        ...headers,
      };
      const ca = certificate === undefined ? {} : { ca: certificate };
      (isHttps ? https : http)(origin + path, { method, headers: sent, agent: false, ...ca }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) keep(line);
        answer
          .toArray()
          .then((parts) => {
            const text = Buffer.concat(parts).toString();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: readJson(text) });
          })
          .catch(reject);
      })
        .on('error', reject)
        .end(payload);
    });
  }

  return {
    send,
    post: (path, json = {}, headers = {}) => send(path, { method: 'POST', json, headers }),
    cookie: (name) => [...jar.values()].find((cookie) => cookie.name === name)?.value,
    put: (name, value, path) => {
      jar.set(`${name} ${path}`, { name, value, path, secure: isHttps });
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
