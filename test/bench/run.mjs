/**
 * The benchmark of the built package: `npm run bench`, or `npm run bench -- --quick` for a rough look, and
 * `--dist=<folder>` for a build that is there already. It exits with 1 when a goal is not met.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { VERSION as axiosVersion } from 'axios';
import { axiosClients, axiosWithHindsight } from './axios-clients.mjs';
import { fetchClients, fetchWithHindsight } from './fetch-clients.mjs';
import { judgeGoal, printGoals, printSteady, printStorm, range } from './report.mjs';
import { measureSteady } from './steady.mjs';
import { measureStorms } from './storm.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, '../..');
const isQuick = process.argv.includes('--quick');
const givenDist = process.argv.find((argument) => argument.startsWith('--dist='))?.slice(7);

const latchkey = await loadLatchkey();
const peers = await loadPeers();
const machine = { node: process.version, axios: axiosVersion, cores: cpus().length, model: cpus()[0]?.model.trim() };
console.log(`node ${machine.node}, axios ${machine.axios}, ${machine.cores} cores (${machine.model})`);

const axiosAll = axiosClients(latchkey, peers);
const fetchAll = fetchClients(latchkey, peers);

const steady = {
  axios: await measureSteady(without(axiosAll, ['one await', 'axios-auth-refresh, no dedupe']), {
    isQuick,
    against: ['copied interceptor'],
  }),
  fetch: await measureSteady(without(fetchAll, ['one await']), { isQuick, against: ['copied wrapper'] }),
};
printSteady('axios, token fresh', steady.axios);
printSteady('fetch, token fresh', steady.fetch);

const storms = {};
for (const kind of ['expired', 'refused']) {
  // Neither of these asks again after a 401, so there is no storm of refusals with them.
  const leftOut = kind === 'refused' ? ['axios-jwt', 'one await'] : [];
  storms[`axios, ${kind}`] = await measureStorms(without(axiosAll, leftOut), axiosWithHindsight, { isQuick, kind });
  storms[`fetch, ${kind}`] = await measureStorms(without(fetchAll, leftOut), fetchWithHindsight, { isQuick, kind });
}
for (const [title, storm] of Object.entries(storms)) printStorm(`storm, ${title}`, storm);

const goals = [
  judgeGoal('axios: µs added per request', addedBy(steady.axios), 3),
  judgeGoal('fetch: µs more than the copied wrapper', steady.fetch.versus['copied wrapper'], 0),
  ...Object.entries(storms).map(([title, { rows }]) => {
    const row = rows.find(({ name, size }) => name === 'latchkey' && size === 10_000);
    return judgeGoal(`storm of 10,000, ${title}: times hindsight`, row.ratio, 1.2);
  }),
];
printGoals(goals);
console.log(
  `\nNoise floor (plain against plain): axios ${range(control(steady.axios))} µs, fetch ${range(control(steady.fetch))} µs`,
);
writeFileSync(`${here}results.json`, `${JSON.stringify({ machine, isQuick, steady, storms, goals }, undefined, 2)}\n`);
process.exit(goals.every(({ verdict }) => verdict === 'met') ? 0 : 1);

function without(clients, names) {
  return Object.fromEntries(Object.entries(clients).filter(([name]) => !names.includes(name)));
}

function addedBy({ rows }) {
  return rows.find(({ name }) => name === 'latchkey').added;
}

function control({ rows }) {
  return rows.find(({ name }) => name === 'control').added;
}

/** What is measured is what is published, so it is built first. */
async function loadLatchkey() {
  if (givenDist === undefined) {
    const vite = fileURLToPath(new URL('node_modules/vite/bin/vite.js', pathToFileURL(`${root}/`)));
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
  }
  const dist = pathToFileURL(`${resolve(givenDist ?? `${root}/dist`)}/`);
  const doors = await Promise.all(
    ['index', 'axios', 'fetch', 'backends'].map((door) => import(new URL(`${door}.js`, dist))),
  );
  return Object.assign({}, ...doors);
}

/** The others, in the versions of their own lock file; they share the axios of this package. */
async function loadPeers() {
  const folder = `${here}peers/`;
  if (!existsSync(`${folder}node_modules`)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  }
  const require = createRequire(`${folder}package.json`);
  const load = (name) => import(pathToFileURL(require.resolve(name)));
  const [jwt, ...others] = await Promise.all(
    ['axios-jwt', 'axios-auth-refresh', '@badgateway/oauth2-client', 'alova', 'alova/client'].map(load),
  );
  return Object.assign({}, jwt.default, jwt, ...others);
}
