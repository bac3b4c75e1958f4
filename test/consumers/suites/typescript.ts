import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../support/blocks.ts';
import { modules } from '../packed.ts';

const run = promisify(execFile);

/** The pages whose code is compiled; those of one line are one app. */
const PAGES = [
  ['README.md', 'docs/sign-in.md', 'docs/your-own.md'],
  ...['simplejwt', 'djoser', 'flask-jwt-extended', 'oauth'].map((server) => [`docs/servers/${server}.md`]),
];

const COMPILERS: Readonly<Record<string, string>> = {
  '5.4': join(modules, 'typescript-5.4/bin/tsc'),
  '5.9': join(modules, '../test/frameworks/templates/node_modules/typescript/bin/tsc'),
  '7': join(modules, 'typescript/bin/tsc'),
};

/** Imports every door, and does what only types can forbid: were they not found, nothing would be forbidden. */
function everyDoor(doors: readonly string[]): string {
  return `import { createSession, memoryStore } from 'latchkey';
${doors.map((door, index) => `export * as door${index} from '${door}';`).join('\n')}
createSession({ backend: {}, store: memoryStore() });
// @ts-expect-error: where tokens live is for the app to say.
createSession({ backend: {} });
`;
}

/** An app in TypeScript, as old as we promise and as new as there is. */
export function typescript(app: () => string, doors: () => readonly string[]): void {
  describe('an app in TypeScript', () => {
    const pages: string[] = [];
    beforeAll(async () => {
      for (const [index, names] of PAGES.entries()) {
        await mkdir(join(app(), `app${index}`), { recursive: true });
        for (const { file, code } of (await Promise.all(names.map(blocksOf))).flat()) {
          if (file.endsWith('.js')) continue;
          await writeFile(join(app(), `app${index}`, file), code);
          pages.push(`app${index}/${file}`);
        }
      }
      await writeFile(join(app(), 'doors.ts'), everyDoor(doors()));
      // Angular has needed TypeScript 5.8 since its version 20.
      await writeFile(join(app(), 'doors-5.4.ts'), everyDoor(doors().filter((door) => door !== 'latchkey/angular')));
      await writeFile(join(app(), 'doors.cts'), everyDoor(doors()));
    });

    it.each([
      ['5.4', 'esnext', 'bundler', ['doors-5.4.ts']],
      ['5.4', 'node16', 'node16', ['doors-5.4.ts']],
      ['5.9', 'esnext', 'bundler', ['doors.ts']],
      ['5.9', 'nodenext', 'nodenext', ['doors.ts', 'doors.cts']],
      ['7', 'esnext', 'bundler', ['doors.ts']],
      ['7', 'node16', 'node16', ['doors.ts']],
      ['7', 'nodenext', 'nodenext', ['doors.ts', 'doors.cts']],
    ] as const)(
      'of version %s, module "%s", resolution "%s", has the types of every door, and compiles the code of README and docs',
      async (version, module, moduleResolution, all) => {
        const compilerOptions = {
          ...{ module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
          ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
          ...{ noEmit: true, allowImportingTsExtensions: true },
        };
        const config = join(app(), `tsconfig.${version}.${module}.json`);
        await writeFile(config, JSON.stringify({ compilerOptions, files: [...all, ...pages] }));
        const { code = 0, stdout } = await run(process.execPath, [COMPILERS[version] ?? '', '-p', config]).catch(
          (error) => error,
        );
        expect([code, stdout]).toEqual([0, '']);
      },
      180_000,
    );
  });
}
