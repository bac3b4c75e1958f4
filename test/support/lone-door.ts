import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

/** What came of importing a door in a world without any global but those of the language. */
export interface LoneDoor {
  /** The files that it takes with it. */
  readonly files: readonly string[];
  /** The packages that it asked for. */
  readonly asked: ReadonlySet<string>;
  readonly exports: readonly string[];
  /** What it has left in that world. */
  readonly left: readonly PropertyKey[];
}

/**
 * Bundles a door and imports it where there is no timer, no page and no network.
 *
 * @param framework The one package that stays outside.
 */
export async function importAlone(door: string, framework: string): Promise<LoneDoor> {
  const { outputFiles, metafile } = await build({
    entryPoints: [`src/${door}.ts`],
    bundle: true,
    write: false,
    format: 'cjs',
    metafile: true,
    external: [framework],
    outdir: 'out',
  });
  const asked = new Set<string>();
  const load = (name: string): unknown => {
    asked.add(name);
    return createRequire(import.meta.url)(name);
  };
  const world = createContext({ module: { exports: {} }, require: load });
  const before = new Set(keysOf(world));
  // In a function, so that its own names are none of the world's.
  runInContext(`(() => {${outputFiles[0]?.text}})()`, world);
  return {
    files: Object.keys(metafile.inputs),
    asked,
    exports: Object.keys(world.module.exports).sort(),
    left: keysOf(world).filter((key) => !before.has(key)),
  };
}

function keysOf(world: object): PropertyKey[] {
  return Reflect.ownKeys(runInContext('globalThis', world));
}
