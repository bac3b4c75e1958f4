import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import config from '../../vite.config.ts';

/** A page on disk: `index.html` and `page.js`, for `servePage`, or as the `staticDir` of a Django. */
export interface BuiltPage {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A page at a URL. */
export interface ServedPage {
  /** `http://localhost:PORT`, without a slash at the end. Chromium takes it for a secure context. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Bundles an entry of `pages/` with whatever it imports, `latchkey` from its sources among it. The caller removes it.
 *
 * @param entry The name of the file, without `.ts`.
 */
export async function buildPage(entry: string): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-page-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await build({
      configFile: false,
      root: fileURLToPath(new URL('pages', import.meta.url)),
      logLevel: 'error',
      publicDir: false,
      resolve: { alias: config.resolve?.alias ?? [] },
      build: {
        target: 'es2022',
        minify: false,
        outDir: folder,
        emptyOutDir: false,
        lib: { entry: `${entry}.ts`, formats: ['es'], fileName: () => 'page.js' },
        // The package says that it has no side effects; its test pages have nothing else.
        rolldownOptions: { treeshake: false },
      },
    });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><meta charset="utf-8"><title>latchkey</title><script type="module" src="/page.js"></script>\n',
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}

/**
 * Serves a built page, under every path: `/` and `/some/path/` are the same page with another URL. The caller stops it.
 *
 * @param headers Sent with every answer, such as a `Set-Cookie`.
 */
export function servePage(
  { folder }: Pick<BuiltPage, 'folder'>,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<ServedPage> {
  return serve(async (pathname, response) => {
    const file = pathname === '/page.js' ? 'page.js' : pathname.endsWith('/') ? 'index.html' : undefined;
    if (file === undefined) return void response.writeHead(404).end();
    const type = file === 'page.js' ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...(headers as object) });
    response.end(await readFile(join(folder, file)));
  });
}

/**
 * Serves an empty page under every path: for tests of the platform alone. No header keeps it out of the bfcache. The
 * caller stops it.
 */
export function serveBlank(): Promise<ServedPage> {
  return serve((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><meta charset="utf-8"><title>blank</title>\n');
  });
}

async function serve(answer: (pathname: string, response: ServerResponse) => void): Promise<ServedPage> {
  const server = createServer((request, response) =>
    answer(new URL(request.url ?? '/', 'http://localhost').pathname, response),
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
