// @vitest-environment node
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { build as buildAll } from 'vite';
import { describe, expect, it } from 'vitest';

const bundle = build({
  entryPoints: ['src/react.ts'],
  bundle: true,
  write: false,
  format: 'cjs',
  metafile: true,
  external: ['react'],
  outdir: 'out',
});

describe('latchkey/react', () => {
  it('takes nothing of the engine with it: types cost nothing', async () => {
    const { metafile } = await bundle;
    expect(Object.keys(metafile.inputs)).toContain('src/react/use-selected.ts');
    expect(Object.keys(metafile.inputs).filter((file) => !/^src\/react[/.]/.test(file))).toEqual([]);
  });

  it('starts nothing when it is imported: it needs React, and no timer, page or network (C47)', async () => {
    const { outputFiles } = await bundle;
    const asked: string[] = [];
    const load = (name: string): unknown => {
      asked.push(name);
      return createRequire(import.meta.url)(name);
    };
    // A world of its own, without any global but those of the language.
    const world = createContext({ module: { exports: {} }, require: load });
    const globals = Object.keys(world);
    runInContext(outputFiles[0]?.text ?? '', world);
    expect(asked).toContain('react');
    expect(new Set(asked).size).toBe(1);
    expect(Object.keys(world.module.exports).sort()).toEqual([
      'SessionProvider',
      'useSession',
      'useSessionState',
      'useUser',
    ]);
    expect(Reflect.ownKeys(runInContext('globalThis', world)).filter((key) => typeof key === 'symbol')).toEqual([]);
    expect(globals).toEqual(['module', 'require']);
  });

  it('may be imported by a server component: what calls React says that it belongs to the client, as built', async () => {
    const built = await buildAll({ configFile: 'vite.config.ts', logLevel: 'silent', build: { write: false } });
    const files = [built].flat().flatMap((result) => {
      const output = 'output' in result ? result.output : [];
      return output.flatMap((file) => (file.type === 'chunk' && file.fileName.startsWith('react/') ? [file] : []));
    });
    expect(files.map(({ fileName }) => fileName).sort()).toEqual([
      'react/session-provider.js',
      'react/use-selected.js',
      'react/use-session-state.js',
      'react/use-session.js',
      'react/use-user.js',
    ]);
    for (const { code } of files) expect(code).toMatch(/^["']use client["'];/);
  });
});
