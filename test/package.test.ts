// @vitest-environment node
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedApp, packedApp } from './consumers/packed.ts';
import { bundlers } from './consumers/suites/bundlers.ts';
import { nextApp } from './consumers/suites/next.ts';
import { typescript } from './consumers/suites/typescript.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
let packed: PackedApp;
let app: string;
let installed: string;
/** Every door, by the name that an app imports. */
let doors: readonly string[];

// Packed once, for all that is done with it.
beforeAll(async () => {
  packed = await packedApp();
  app = packed.folder;
  installed = join(app, 'node_modules/latchkey');
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  doors = Object.keys(exports).flatMap((path) => (path === './package.json' ? [] : [`latchkey${path.slice(1)}`]));
}, 180_000);
afterAll(() => packed?.remove());

/** The modules of a bundle of some code of the app, as paths in the package. */
async function modulesOf(code: string): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: app },
    bundle: true,
    write: false,
    format: 'esm',
    metafile: true,
    external: ['axios'],
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file.replace(/^.*latchkey\/dist\//, '')] : [],
  );
}

/** What Angular wants to be there before it when nothing was compiled, as in a program without a build. */
const JIT = '@angular/compiler';

/** What a program of the app says. It has to end by itself, and to complain of nothing. */
async function runInApp(code: string, type: 'module' | 'commonjs' = 'module'): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [`--input-type=${type}`, '-e', code], {
    cwd: app,
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('the packed package', () => {
  it('holds what a user needs, and nothing of how it is made', async () => {
    const files = (await readdir(installed, { recursive: true })).filter((file) => /\.\w+$|LICENSE/.test(file));
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js']),
    );
    expect(files.filter((file) => /^(src|test|demo|docs)\//.test(file))).toEqual([]);
  });

  it('runs nothing when it is installed', async () => {
    const { scripts = {} } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  it('has the doors that it says it has, and each gives what its types say', async () => {
    const said = await runInApp(`
      import '${JIT}';
      const doors = ${JSON.stringify(doors)};
      const all = await Promise.all(doors.map((door) => import(door)));
      console.log(JSON.stringify(Object.fromEntries(doors.map((door, index) => [door, Object.keys(all[index])]))));`);
    expect(JSON.parse(said)).toMatchInlineSnapshot(`
      {
        "latchkey": [
          "AuthError",
          "AuthUnavailableError",
          "RefreshRejectedError",
          "SessionChangedError",
          "SignInRejectedError",
          "SignedOutError",
          "StepUpCancelledError",
          "TokenResponseError",
          "TokenStoreError",
          "cookieStore",
          "createSession",
          "customStore",
          "diagnose",
          "importLegacy",
          "isAuthError",
          "localStorageStore",
          "memoryStore",
          "rememberStore",
          "sessionStorageStore",
          "sharedMemoryStore",
          "traceText",
        ],
        "latchkey/angular": [
          "ANONYMOUS",
          "injectSession",
          "injectSessionState",
          "injectUser",
          "provideSession",
          "sessionInterceptor",
          "signedInGuard",
        ],
        "latchkey/axios": [
          "attachSession",
        ],
        "latchkey/backends": [
          "cookieSession",
          "djoser",
          "drfJwt",
          "flaskJwtExtended",
          "oauth2Token",
          "simpleJwt",
          "withRenewal",
        ],
        "latchkey/devtools": [
          "defineTimeline",
        ],
        "latchkey/fetch": [
          "createAuthorizedFetch",
        ],
        "latchkey/oauth2": [
          "redirectSignIn",
        ],
        "latchkey/react": [
          "SessionProvider",
          "useSession",
          "useSessionState",
          "useUser",
        ],
        "latchkey/testing": [
          "backendContract",
          "createFakeBackend",
          "createFakeClock",
          "createTestSession",
          "tokenStoreContract",
        ],
        "latchkey/testing/msw": [
          "authServerHandlers",
        ],
        "latchkey/vue": [
          "sessionPlugin",
          "useSession",
          "useSessionState",
          "useUser",
        ],
      }
    `);
  });

  it('starts nothing on import: a program that imports every door ends by itself (C47)', async () => {
    expect(await runInApp([JIT, ...doors].map((name) => `import '${name}';`).join(''))).toBe('');
  });

  it('opens to CommonJS, too: every door can be required', async () => {
    const said = await runInApp(
      `require('${JIT}'); console.log(${doors.map((door) => `Object.keys(require('${door}')).length > 0`).join(' && ')})`,
      'commonjs',
    );
    expect(said).toBe('true\n');
  });

  it('lets a bundler leave out what an app does not use', async () => {
    const axiosApp = await modulesOf("export { attachSession } from 'latchkey/axios'");
    expect(axiosApp.some((file) => /fetch|stores\//.test(file))).toBe(false);
    const oneStore = await modulesOf("export { memoryStore } from 'latchkey'");
    expect(oneStore).toEqual(['stores/memory-store.js']);
    const fetchApp = await modulesOf("export { createAuthorizedFetch } from 'latchkey/fetch'");
    expect(fetchApp.some((file) => /axios/.test(file))).toBe(false);
  });

  it('says in its changelog what this version brings', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(await readFile(join(root, 'CHANGELOG.md'), 'utf8')).toContain(`## ${version}`);
  });
});

bundlers(() => app);
nextApp(() => app);
typescript(
  () => app,
  () => doors,
);
