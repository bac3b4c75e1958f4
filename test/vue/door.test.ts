// @vitest-environment node
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const bundle = build({
  entryPoints: ['src/vue.ts'],
  bundle: true,
  write: false,
  format: 'cjs',
  metafile: true,
  external: ['vue'],
  outdir: 'out',
});

describe('latchkey/vue', () => {
  it('takes nothing of the engine with it: types cost nothing', async () => {
    const { metafile } = await bundle;
    expect(Object.keys(metafile.inputs)).toContain('src/vue/composables.ts');
    expect(Object.keys(metafile.inputs).filter((file) => !/^src\/vue[/.]/.test(file))).toEqual([]);
  });

  it('starts nothing when it is imported: it needs Vue, and no timer, page or network (C47)', async () => {
    const { outputFiles } = await bundle;
    const asked: string[] = [];
    const load = (name: string): unknown => {
      asked.push(name);
      return createRequire(import.meta.url)(name);
    };
    // A world of its own, without any global but those of the language.
    const world = createContext({ module: { exports: {} }, require: load });
    const globals = Object.keys(world);
    runInContext(`(() => {${outputFiles[0]?.text}})()`, world);
    expect(new Set(asked)).toEqual(new Set(['vue']));
    expect(Object.keys(world.module.exports).sort()).toEqual([
      'sessionPlugin',
      'useSession',
      'useSessionState',
      'useUser',
    ]);
    expect(Object.keys(world)).toEqual(globals);
  });
});
