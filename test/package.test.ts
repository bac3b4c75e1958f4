// @vitest-environment node
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './support/blocks.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
let app: string;

/** An app of somebody else: the packed package in its node_modules, beside what it depends on. */
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'latchkey-app-'));
  await run('npm', ['pack', '--pack-destination', app], { cwd: root });
  const [tarball = ''] = (await readdir(app)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', tarball], { cwd: app });
  await mkdir(join(app, 'node_modules'));
  await cp(join(app, 'package'), join(app, 'node_modules/latchkey'), { recursive: true });
  for (const name of ['axios', 'jwt-decode', 'mitt', 'msw', 'oauth4webapi'])
    await symlink(join(modules, name), join(app, 'node_modules', name));
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
}, 120_000);
afterAll(() => rm(app, { recursive: true, force: true }));

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

describe('the packed package', () => {
  it('holds what a user needs, and nothing of how it is made', async () => {
    const files = (await readdir(join(app, 'package'), { recursive: true })).filter((file) =>
      /\.\w+$|LICENSE/.test(file),
    );
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js']),
    );
    expect(files.filter((file) => /^(src|test|demo|docs)\//.test(file))).toEqual([]);
  });

  it('has the doors that it says it has, and each gives what its types say', async () => {
    const code = `
      const doors = ['', '/axios', '/fetch', '/backends', '/oauth2', '/testing', '/testing/msw'].map((door) => 'latchkey' + door);
      const all = await Promise.all(doors.map((door) => import(door)));
      console.log(JSON.stringify(Object.fromEntries(doors.map((door, index) => [door, Object.keys(all[index])]))));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: app });
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
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
          "isAuthError",
          "localStorageStore",
          "memoryStore",
          "rememberStore",
          "sessionStorageStore",
          "sharedMemoryStore",
          "traceText",
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
        "latchkey/fetch": [
          "createAuthorizedFetch",
        ],
        "latchkey/oauth2": [
          "redirectSignIn",
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
      }
    `);
  });

  it('starts nothing on import: a program that imports every door ends by itself (C47)', async () => {
    const code =
      "import 'latchkey'; import 'latchkey/axios'; import 'latchkey/fetch'; import 'latchkey/backends'; import 'latchkey/oauth2'; import 'latchkey/testing'";
    await expect(
      run(process.execPath, ['--input-type=module', '-e', code], { cwd: app, timeout: 10_000 }),
    ).resolves.toMatchObject({ stderr: '' });
  });

  it('lets a bundler leave out what an app does not use', async () => {
    const axiosApp = await modulesOf("export { attachSession } from 'latchkey/axios'");
    expect(axiosApp.some((file) => /fetch|stores\//.test(file))).toBe(false);
    const oneStore = await modulesOf("export { memoryStore } from 'latchkey'");
    expect(oneStore).toEqual(['stores/memory-store.js']);
    const fetchApp = await modulesOf("export { createAuthorizedFetch } from 'latchkey/fetch'");
    expect(fetchApp.some((file) => /axios/.test(file))).toBe(false);
  });

  it.each([
    ['5.4', 'typescript-5.4/bin/tsc'],
    ['7', 'typescript/bin/tsc'],
  ])(
    'compiles in an app on TypeScript %s, with the code of README and docs',
    async (_, compiler) => {
      // Those of one line are one app.
      const apps = [
        ['README.md', 'docs/sign-in.md', 'docs/your-own.md'],
        ...['simplejwt', 'djoser', 'flask-jwt-extended', 'oauth'].map((server) => [`docs/servers/${server}.md`]),
      ];
      const files: string[] = [];
      for (const [index, pages] of apps.entries()) {
        await mkdir(join(app, `app${index}`), { recursive: true });
        for (const { file, code } of (await Promise.all(pages.map(blocksOf))).flat()) {
          if (file.endsWith('.js')) continue;
          await writeFile(join(app, `app${index}`, file), code);
          files.push(`app${index}/${file}`);
        }
      }
      for (const [module, moduleResolution] of [
        ['esnext', 'bundler'],
        ['node16', 'node16'],
      ]) {
        const config = {
          compilerOptions: {
            target: 'es2022',
            module,
            moduleResolution,
            lib: ['es2022', 'dom', 'dom.iterable'],
            types: [],
            strict: true,
            exactOptionalPropertyTypes: true,
            noEmit: true,
            allowImportingTsExtensions: true,
            skipLibCheck: false,
          },
          files,
        };
        await writeFile(join(app, 'tsconfig.json'), JSON.stringify(config));
        const result = await run(process.execPath, [join(modules, compiler), '-p', app]).catch((error) => error);
        expect(result.stdout).toBe('');
      }
    },
    60_000,
  );

  it('says in its changelog what this version brings', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(await readFile(join(root, 'CHANGELOG.md'), 'utf8')).toContain(`## ${version}`);
  });
});
