// @ts-check
/**
 * What the tests need beside npm's packages, and how to get it: `node test/support/system.mjs django chromium`.
 * Without names it sees to everything. A second run finds it all there, and does and says nothing.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {'django' | 'flask'} server */
const venvOf = (server) => `node_modules/.cache/latchkey/${server}`;
/** @param {'django' | 'flask'} server */
const requirementsOf = (server) => `test/servers/${server}/requirements.txt`;

/**
 * @typedef {object} Need
 * @property {string} label What is missing, in a sentence.
 * @property {() => unknown} find Where it is; undefined when it is not there.
 * @property {NodeJS.Platform} [platform] The only platform that has it: elsewhere nobody asks for it.
 * @property {readonly string[]} packages What Debian calls it.
 * @property {() => void} [install] Another way to get it, where there is no apt-get or no right to use it.
 * @property {string} byHand What a person can do where neither works.
 */

/** @type {Record<string, Need>} */
const needs = {
  django: {
    label: 'a Python with Django, DRF, SimpleJWT, djoser and corsheaders',
    find: findPython,
    packages: [
      'python3-django',
      'python3-djangorestframework',
      'python3-djangorestframework-simplejwt',
      'python3-django-cors-headers',
      'python3-djoser',
    ],
    install: () => makeVirtualEnvironment('django'),
    byHand: `python3 -m venv ${venvOf('django')} && ${venvOf('django')}/bin/pip install -r ${requirementsOf('django')}`,
  },
  flask: {
    label: 'a Python with Flask, Flask-JWT-Extended and flask-cors',
    find: findFlaskPython,
    packages: ['python3-flask', 'python3-python-flask-jwt-extended', 'python3-flask-cors'],
    install: () => makeVirtualEnvironment('flask'),
    byHand: `python3 -m venv ${venvOf('flask')} && ${venvOf('flask')}/bin/pip install -r ${requirementsOf('flask')}`,
  },
  chromium: {
    label: 'Chromium',
    find: findChromium,
    packages: ['chromium'],
    byHand: 'export CHROMIUM_PATH=/path/to/chromium-or-chrome',
  },
  firefox: {
    label: 'Firefox',
    find: findFirefox,
    packages: ['firefox-esr'],
    byHand: 'export FIREFOX_PATH=/path/to/firefox',
  },
  webkit: {
    label: "WebKitGTK's WebKitWebDriver and MiniBrowser, and Xvfb",
    find: findWebkit,
    platform: 'linux',
    packages: ['webkit2gtk-driver', 'xvfb'],
    byHand: 'export PATH=$PATH:/folder/of/WebKitWebDriver:/folder/of/MiniBrowser:/folder/of/Xvfb',
  },
};

/**
 * A Python that can import what the Django test server is made of: what DJANGO_PYTHON names, else Debian's own, the
 * first on PATH, or the virtual environment that this module makes.
 * @returns {string | undefined} its path or name, or undefined when there is none.
 */
export function findPython() {
  const modules = 'django, rest_framework, rest_framework_simplejwt, djoser, corsheaders';
  return process.env.DJANGO_PYTHON || findPythonWith(modules, venvOf('django'));
}

/**
 * The same for the Flask test server; FLASK_PYTHON can name one.
 * @returns {string | undefined} its path or name, or undefined when there is none.
 */
export function findFlaskPython() {
  return process.env.FLASK_PYTHON || findPythonWith('flask, flask_jwt_extended, flask_cors', venvOf('flask'));
}

/**
 * @param {string} modules
 * @param {string} venv
 */
function findPythonWith(modules, venv) {
  return ['/usr/bin/python3', 'python3', join(root, venv, 'bin/python')].find((python) =>
    run(python, ['-c', `import ${modules}`], 'ignore'),
  );
}

/**
 * A Chromium, or Chrome: what CHROMIUM_PATH names, else the first on PATH.
 * @returns {string | undefined} its path, or undefined when there is none.
 */
export function findChromium() {
  const { CHROMIUM_PATH } = process.env;
  return CHROMIUM_PATH || ['chromium', 'chromium-browser', 'google-chrome'].map((name) => which(name)).find(Boolean);
}

/**
 * A Firefox: what FIREFOX_PATH names, else the first on PATH.
 * @returns {string | undefined} its path, or undefined when there is none.
 */
export function findFirefox() {
  const { FIREFOX_PATH } = process.env;
  return FIREFOX_PATH || ['firefox-esr', 'firefox'].map((name) => which(name)).find(Boolean);
}

/**
 * WebKitGTK, with what drives it and what shows it: its MiniBrowser has no headless mode.
 * @returns {{ driver: string, browser: string, display: string } | undefined} the paths of the three, or undefined when
 *   one is missing.
 */
export function findWebkit() {
  const [driver, display] = ['WebKitWebDriver', 'Xvfb'].map((name) => which(name));
  // Not a command for people: it lies beside the library, in a folder that names the machine and the version.
  const libraries = ['/usr/lib', ...folders('/usr/lib')];
  const places = libraries.flatMap((library) => folders(library).filter((folder) => /\/webkit[^/]*$/.test(folder)));
  const browser = which('MiniBrowser', places);
  return driver && browser && display ? { driver, browser, display } : undefined;
}

/**
 * Installs what is missing of the named needs.
 * @param {readonly string[]} [names] 'django', 'flask', 'chromium', 'firefox', 'webkit'. Default is all.
 * @returns {boolean} whether everything is there now. If not, it was said what to do.
 */
export function ensure(names = Object.keys(needs)) {
  const wanted = names.map((name) => {
    const need = needs[name];
    if (need === undefined)
      throw new TypeError(`unknown need '${name}': it must be one of ${Object.keys(needs).join(', ')}`);
    return need;
  });
  const missing = () =>
    wanted.filter(({ find, platform = process.platform }) => platform === process.platform && find() === undefined);

  const absent = missing();
  if (absent.length === 0) return true;
  if (process.getuid?.() === 0 && which('apt-get')) aptInstall(absent);
  for (const need of missing()) need.install?.();
  const left = missing();
  if (left.length === 0) return true;
  const command = which('apt-get')
    ? `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packagesOf(left).join(' ')}`
    : left.map((need) => need.byHand).join(' && ');
  console.error(`Still missing: ${labelsOf(left)}. Run, in the folder of the project:\n  ${command}`);
  return false;
}

/** @param {readonly Need[]} missing */
function aptInstall(missing) {
  const packages = packagesOf(missing);
  console.log(`Missing: ${labelsOf(missing)}; installing ${packages.join(' ')} with apt-get.`);
  if (run('apt-get', ['update', '-qq']))
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

/** @param {'django' | 'flask'} server */
function makeVirtualEnvironment(server) {
  const [venv, requirements] = [venvOf(server), requirementsOf(server)];
  console.log(
    `Missing: what the ${server} test server is made of; installing ${requirements}, with pip, into ${venv}.`,
  );
  if (run('python3', ['-m', 'venv', '--clear', venv])) run(`${venv}/bin/pip`, ['install', '-q', '-r', requirements]);
}

/** @param {readonly Need[]} some */
const packagesOf = (some) => some.flatMap((need) => need.packages);

/** @param {readonly Need[]} some */
const labelsOf = (some) => some.map((need) => need.label).join(', and ');

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {'inherit' | 'ignore'} errors
 */
function run(command, args, errors = 'inherit') {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'ignore', errors] }).status === 0;
}

/**
 * @param {string} name
 * @param {readonly string[]} more Folders to look in after those of PATH.
 */
function which(name, more = []) {
  const { PATH = '' } = process.env;
  const places = [...PATH.split(delimiter), ...more].map((folder) => join(folder, name));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} folder */
function folders(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  process.exitCode = ensure(names.length > 0 ? names : undefined) ? 0 : 1;
}
