import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { build as esbuild } from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack, { type StatsModule } from 'webpack';

/** What a bundler made of an app. */
export interface Bundle {
  /** The modules of which something is in it, as paths. */
  readonly modules: readonly string[];
  /** The script, as a path from the folder that it was made in. */
  readonly script: string;
  readonly warnings: readonly string[];
}

/** Makes of a file of an app one script in a folder; what is not set is as it comes. */
export type Bundler = (app: string, entry: string, folder: string) => Promise<Bundle>;

/** A module of Vite's or Rollup's output. */
type Rendered = Readonly<Record<string, { readonly renderedLength: number }>>;

/** Each bundler that an app may be made with. */
export const BUNDLERS: Readonly<Record<'Vite' | 'webpack 5' | 'Rollup 4' | 'esbuild', Bundler>> = {
  async Vite(app, entry, folder) {
    const warnings: string[] = [];
    const warn = (message: string): number => warnings.push(message);
    const result = await vite({
      root: app,
      configFile: false,
      logLevel: 'warn',
      customLogger: {
        ...{ hasWarned: false, info() {}, clearScreen() {}, hasErrorLogged: () => false },
        ...{ warn, warnOnce: warn, error: warn },
      },
      build: { outDir: folder, rolldownOptions: { input: join(app, entry) } },
    });
    const [chunk] = [result].flat().flatMap((made) => ('output' in made ? made.output : []));
    if (chunk?.type !== 'chunk') throw new Error('Vite made no script.');
    return { modules: rendered(chunk.modules), script: chunk.fileName, warnings };
  },

  async 'webpack 5'(app, entry, folder) {
    const compiler = webpack({ mode: 'production', context: app, entry: `./${entry}`, output: { path: folder } });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler?.run((error, made) => (error ? reject(error) : resolve(made))),
    );
    const said = stats?.toJson({ all: false, modules: true, nestedModules: true, errors: true, warnings: true });
    const paths = (list: readonly StatsModule[] = []): string[] =>
      list.flatMap(({ name, modules }) => (modules ? paths(modules) : [name ?? '']));
    return {
      modules: paths(said?.modules),
      script: 'main.js',
      warnings: [...(said?.errors ?? []), ...(said?.warnings ?? [])].map(({ message }) => message),
    };
  },

  async 'Rollup 4'(app, entry, folder) {
    const warnings: string[] = [];
    const made = await rollup({
      input: join(app, entry),
      plugins: [nodeResolve(app)],
      onwarn: ({ message }) => warnings.push(message),
    });
    const { output } = await made.write({ dir: folder });
    await made.close();
    return { modules: rendered(output[0].modules), script: output[0].fileName, warnings };
  },

  async esbuild(app, entry, folder) {
    const { metafile, warnings } = await esbuild({
      absWorkingDir: app,
      entryPoints: [entry],
      outdir: folder,
      bundle: true,
      format: 'esm',
      metafile: true,
      logLevel: 'silent',
    });
    const [made] = Object.entries(metafile.outputs);
    if (!made) throw new Error('esbuild made no script.');
    const [script, { inputs }] = made;
    return {
      modules: Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0),
      script: relative(folder, join(app, script)),
      warnings: warnings.map(({ text }) => text),
    };
  },
};

function rendered(modules: Rendered): string[] {
  return Object.keys(modules).filter((path) => (modules[path]?.renderedLength ?? 0) > 0);
}

/** Finds packages as Node does, which Rollup leaves to a plugin: by their exports. */
function nodeResolve(app: string): Plugin {
  return {
    name: 'node-resolve',
    resolveId(id) {
      if (id.startsWith('.') || isAbsolute(id)) return undefined;
      const [name = ''] = id.split('/');
      const home = join(app, 'node_modules', name);
      const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
      let target = exports[`.${id.slice(name.length)}`] ?? exports;
      while (typeof target === 'object') target = target.import ?? target.default;
      return join(home, target);
    },
  };
}
