import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Where the packages are that an app may have beside latchkey. */
export const modules: string = join(root, 'node_modules');

/** What latchkey needs, and everything that an app may have it work with. */
const BESIDE = [
  ...['jwt-decode', 'mitt', 'axios', 'msw', 'oauth4webapi', 'rxjs', 'vue'],
  ...['react', 'react-dom', '@types/react', '@angular/core', '@angular/common', '@angular/router', '@angular/compiler'],
];

/** An app of somebody else, with the packed package in its `node_modules`. */
export interface PackedApp {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Packs the package, as its publisher does, and installs it in an app in a folder of its own, from where nothing else is found but
 * what an app may have beside it. `LATCHKEY_TARBALL` may name a tarball that is there already, to be tested as it is.
 */
export async function packedApp(): Promise<PackedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-app-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await install(folder);
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(folder: string): Promise<void> {
  const tarball = process.env.LATCHKEY_TARBALL ?? (await pack(folder));
  await run('tar', ['-xzf', tarball, '-C', folder]);
  await mkdir(join(folder, 'node_modules'));
  await rename(join(folder, 'package'), join(folder, 'node_modules/latchkey'));
  for (const name of BESIDE) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(modules, name), link);
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
}

async function pack(folder: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  return join(folder, tarball);
}
