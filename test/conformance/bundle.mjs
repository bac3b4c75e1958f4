import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = `${root}node_modules/.cache/latchkey/conformance/`;
const clients = fileURLToPath(new URL('./clients/', import.meta.url));

/** The names of all contestants: those of the package first, then what apps copy, then the others. */
export const CONTESTANTS = [
  'latchkey',
  'latchkey-fetch',
  'copied-interceptor',
  'copied-wrapper',
  'axios-auth-refresh',
  'axios-auth-refresh-queue',
  'axios-jwt',
  'oauth2-client',
  'alova',
];

/** Where the package's doors are: as built, or as written. */
function doors(isSource) {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  return Object.fromEntries(
    Object.entries(exports).flatMap(([path, target]) => {
      const door = /^\.\/dist\/(.+)\.js$/.exec(target.default ?? '')?.[1];
      if (door === undefined) return [];
      return [[`latchkey${path.slice(1)}`, isSource ? `${root}src/${door}.ts` : `${root}dist/${door}.js`]];
    }),
  );
}

/**
 * Makes one file of each contestant and what it imports, axios apart, so that each case can load it anew; the others come
 * from the folder of the benchmark.
 *
 * @param options.isSource Takes the package from its sources instead of `dist`.
 * @returns Their URLs, by name.
 */
export async function bundleClients(names = CONTESTANTS, { isSource = false } = {}) {
  const known = new Set(await readdir(clients));
  for (const name of names) if (!known.has(`${name}.mjs`)) throw new Error(`No such contestant: ${name}`);
  const outdir = `${cache}${isSource ? 'source' : 'dist'}/`;
  await mkdir(outdir, { recursive: true });
  await build({
    ...common(isSource),
    entryPoints: names.map((name) => `${clients}${name}.mjs`),
    outdir,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['axios'],
    // For what is CommonJS, and asks for axios.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
  return Object.fromEntries(names.map((name) => [name, pathToFileURL(`${outdir}${name}.mjs`).href]));
}

/**
 * The script of a page.
 *
 * @param code What is bundled; relative imports are from the folder of the contestants.
 */
export async function bundlePage(code, { isSource = false, isSmall = false, external = [] } = {}) {
  const { outputFiles } = await build({
    ...common(isSource),
    stdin: { contents: code, resolveDir: clients, loader: 'js' },
    write: false,
    platform: 'browser',
    minify: isSmall,
    external,
  });
  return outputFiles[0].text;
}

function common(isSource) {
  return {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    alias: doors(isSource),
    nodePaths: [fileURLToPath(new URL('../bench/peers/node_modules', import.meta.url))],
  };
}
