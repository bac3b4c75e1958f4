import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('./peers/', import.meta.url));
const require = createRequire(`${folder}package.json`);

/** Installs what is compared with, in the versions of its own lock file, where it is missing. */
export function ensurePeers() {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
  if (Object.keys(dependencies).every((name) => existsSync(`${folder}node_modules/${name}/package.json`))) return;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

/** One of them, loaded. */
export function loadPeer(name) {
  return import(pathToFileURL(require.resolve(name)).href);
}

/** The versions of all, as they are installed: `{ name: version }`. */
export function peerVersions() {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
  return Object.fromEntries(
    Object.keys(dependencies).map((name) => [
      name,
      JSON.parse(readFileSync(`${folder}node_modules/${name}/package.json`, 'utf8')).version,
    ]),
  );
}
