// @vitest-environment node
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const APP = [
  "export { attachSession } from '../../src/axios.ts';",
  "export { simpleJwt } from '../../src/backends.ts';",
  "export { createSession, localStorageStore } from '../../src/index.ts';",
].join('\n');

/** Of a bundle, minified and gzipped, in bytes, without the frameworks. */
async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    external: ['axios', 'react', 'vue', '@angular/*', 'rxjs'],
  });
  return gzipSync(outputFiles[0]?.contents ?? '').length;
}

describe('a binding', () => {
  let app: number;
  beforeAll(async () => {
    app = await sizeOf(APP);
  });

  it.each([
    ['react', 'SessionProvider, useSession, useSessionState, useUser'],
    ['vue', 'sessionPlugin, useSession, useSessionState, useUser'],
    ['angular', 'provideSession, injectSession, injectSessionState, injectUser'],
  ])('adds at most half a kilobyte to an app that has the engine: latchkey/%s', async (door, names) => {
    const added = (await sizeOf(`${APP}\nexport { ${names} } from '../../src/${door}.ts';`)) - app;
    expect(added).toBeGreaterThan(100);
    expect(added).toBeLessThanOrEqual(500);
  });
});
