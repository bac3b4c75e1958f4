/**
 * The benchmark of the built package, beside everybody else: `npm run bench`. Options, after `--`: `--quick` for a rough look,
 * `--only=sizes,steady,allocations,storms,resilience,chromium,tabs` for a part, `--clients=latchkey,alova` for
 * some clients of the last and of resilience, `--publish` to write docs/numbers.md, its
 * pictures and published.json. It builds the package first, prints every table, writes results.json, and exits with 1 when a
 * goal is not met.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { measureAllocations } from './allocations.mjs';
import { axiosClients, axiosWithHindsight } from './axios-clients.mjs';
import { measureInChromium } from './browser.mjs';
import { contestantsOf } from './contestants.mjs';
import { fetchClients, fetchWithHindsight } from './fetch-clients.mjs';
import { goalsOf } from './goals.mjs';
import { machineOf } from './machine.mjs';
import { ensurePeers, loadPeer } from './peers.mjs';
import { publish } from './publish.mjs';
import { printAll, printGoals } from './report.mjs';
import { measureResilience } from './resilience.mjs';
import { measureSizes } from './sizes.mjs';
import { measureSteady } from './steady.mjs';
import { measureStorms } from './storm.mjs';
import { measureTabs } from './tabs.mjs';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const isQuick = process.argv.includes('--quick');
const list = (name) =>
  process.argv
    .find((argument) => argument.startsWith(`--${name}=`))
    ?.slice(name.length + 3)
    .split(',');
const [only, names] = [list('only'), list('clients')];

ensurePeers();
build();
const machine = { ...machineOf(), isQuick };
const { model, cores, node, date, versions } = machine;
console.log(`${date}, node ${node}, ${cores} cores (${model})${isQuick ? ', a rough look' : ''}`);
console.log(
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
);

const [latchkey, peers] = await Promise.all([loadLatchkey(), loadPeers()]);
const { steadyAxios, steadyFetch, ...storming } = contestantsOf(
  axiosClients(latchkey, peers),
  fetchClients(latchkey, peers),
);
const options = { isQuick, ...(names && { names }) };
const parts = {
  sizes: () => measureSizes(),
  steady: async () => ({
    axios: await measureSteady(steadyAxios, { ...options, against: ['copied interceptor'] }),
    fetch: await measureSteady(steadyFetch, { ...options, against: ['copied wrapper'] }),
  }),
  allocations: async () => ({
    axios: await measureAllocations(steadyAxios, options),
    fetch: await measureAllocations(steadyFetch, options),
  }),
  storms: async () => ({
    'axios, expired': await measureStorms(storming.expiredAxios, axiosWithHindsight, { ...options, kind: 'expired' }),
    'fetch, expired': await measureStorms(storming.expiredFetch, fetchWithHindsight, { ...options, kind: 'expired' }),
    'axios, refused': await measureStorms(storming.refusedAxios, axiosWithHindsight, { ...options, kind: 'refused' }),
    'fetch, refused': await measureStorms(storming.refusedFetch, fetchWithHindsight, { ...options, kind: 'refused' }),
  }),
  resilience: () => measureResilience(options),
  chromium: () => measureInChromium(options),
  tabs: () => measureTabs(options),
};

const results = { machine };
for (const [name, measure] of Object.entries(parts)) {
  if (only !== undefined && !only.includes(name)) continue;
  results[name] = await measure();
  printAll({ [name]: results[name] });
}
results.goals = goalsOf(results);
printGoals(results.goals);
writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
if (process.argv.includes('--publish')) await publish(results);
process.exit(results.goals.every(({ verdict }) => verdict === 'met') ? 0 : 1);

/** What is measured is what is published, so it is built first; `--no-build` takes what is there. */
function build() {
  if (process.argv.includes('--no-build')) return;
  const vite = fileURLToPath(new URL('node_modules/vite/bin/vite.js', pathToFileURL(`${root}/`)));
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
}

async function loadLatchkey() {
  const dist = pathToFileURL(`${root}/dist/`);
  const doors = ['index', 'axios', 'fetch', 'backends'].map((door) => import(new URL(`${door}.js`, dist).href));
  return Object.assign({}, ...(await Promise.all(doors)));
}

async function loadPeers() {
  const names = [
    'axios-jwt',
    'axios-auth-refresh',
    'axios-auth-refresh-queue',
    '@badgateway/oauth2-client',
    'alova',
    'alova/client',
  ];
  const [jwt, authRefresh, queue, oauth2, alova, alovaClient] = await Promise.all(names.map(loadPeer));
  return { jwt: jwt.default ?? jwt, authRefresh, queue: queue.default ?? queue, oauth2, alova, alovaClient };
}
