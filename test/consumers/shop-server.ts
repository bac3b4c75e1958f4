import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type LocalServer, startServer } from '../backends/local-server.ts';

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

/** Unsigned, and good for a while: what SimpleJWT's tokens look like from outside. */
function token(lifetime: number): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  return `${encode({ alg: 'none' })}.${encode({ user_id: 1, iat, exp: iat + lifetime })}.x`;
}

/**
 * A shop on this machine: SimpleJWT at `/auth`, a profile that wants a token at `/api/me/`, the files of a folder, and at
 * `/page?…` a page whose head is what the query says. Pages of other origins may ask it, too.
 */
export function startShop(folder: string): Promise<LocalServer> {
  const access = token(300);
  const answers: Readonly<Record<string, object>> = {
    'POST /auth/token/': { access, refresh: token(3600) },
    'GET /api/me/': { username: 'alice' },
  };
  return startServer((response, { method, path, headers }) => {
    const { pathname, search } = new URL(path, 'http://localhost');
    response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '*');
    response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type');
    const answer = answers[`${method} ${pathname}`];
    if (method === 'OPTIONS') response.writeHead(204).end();
    else if (pathname === '/api/me/' && headers.authorization !== `Bearer ${access}`) response.writeHead(401).end('{}');
    else if (answer) response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    else if (pathname === '/page') response.setHeader('Content-Type', 'text/html').end(page(search.slice(1)));
    else file(response, join(folder, pathname));
  });
}

function page(head: string): string {
  return `<!doctype html><link rel="icon" href="data:,">${decodeURIComponent(head)}<body>`;
}

function file(response: Parameters<Parameters<typeof startServer>[0]>[0], path: string): void {
  try {
    const text = readFileSync(path);
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream').end(text);
  } catch {
    response.writeHead(404).end();
  }
}
