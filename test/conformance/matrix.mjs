import { readFile, writeFile } from 'node:fs/promises';
import { writeSection } from '../bench/markdown.mjs';

const SIGNS = { pass: '✓', fail: '✗', 'n/a': '–' };
const results = new URL('./results.json', import.meta.url);

/** Prints who passes what, and for each contestant how many. */
export function printMatrix({ names, rows }) {
  const width = Math.max(...names.map((name) => name.length));
  console.log(`\n${' '.repeat(width)}  ${rows.map(({ id }) => id.padEnd(3)).join(' ')}`);
  for (const name of names) {
    const cells = rows.map(({ outcomes }) => (SIGNS[outcomes[name]?.verdict] ?? '?').padEnd(3));
    console.log(`${name.padEnd(width)}  ${cells.join(' ')}  ${score(rows, name)}`);
  }
  console.log(`\n${SIGNS.pass} passes, ${SIGNS.fail} fails, ${SIGNS['n/a']} cannot be asked`);
}

/** Writes the table into docs/numbers.md, and what it is made of beside this file. */
export async function writeMatrix({ names, rows, machine }) {
  await writeFile(results, `${JSON.stringify({ machine, names, rows }, undefined, 2)}\n`);
  await writeSection('conformance', markdownOf({ names, rows, machine }));
}

/** The table as it stands in the docs: a column for each contestant, then why each that fails does. */
export function markdownOf({ names, rows, machine }) {
  const version = (name) => machine.versions[name === 'oauth2-client' ? '@badgateway/oauth2-client' : name];
  const head = names.map((name) => (version(name) ? `${name} ${version(name)}` : name.replace('-', ' ')));
  const lines = rows.map(({ id, title, outcomes }) => {
    const cells = names.map((name) => SIGNS[outcomes[name]?.verdict] ?? '?');
    return `| ${id} | ${title} | ${cells.join(' | ')} |`;
  });
  const whys = (verdict) =>
    names.flatMap((name) => {
      const found = rows.flatMap(({ id, outcomes }) => {
        const { verdict: is, why } = outcomes[name] ?? {};
        return is === verdict ? [`  - ${id}: ${plain(why)}`] : [];
      });
      return found.length > 0 ? [`- **${name}**`, ...found] : [];
    });
  return [
    `Node ${machine.node}, axios ${machine.versions.axios}; ${machine.date}. ${SIGNS.pass} passes, ${SIGNS.fail} fails, ${SIGNS['n/a']} cannot be asked.`,
    '',
    `| | case | ${head.join(' | ')} |`,
    `| --- | --- | ${names.map(() => ':-:').join(' | ')} |`,
    ...lines,
    `| | passed, of those that can be asked | ${names.map((name) => score(rows, name)).join(' | ')} |`,
    '',
    'What was found where a case fails:',
    '',
    ...whys('fail'),
    '',
    'Why a case cannot be asked:',
    '',
    ...whys('n/a'),
  ].join('\n');
}

/** The last run that was written; undefined if there is none. */
export async function readResults() {
  return readFile(results, 'utf8').then(JSON.parse, () => undefined);
}

function score(rows, name) {
  const verdicts = rows.map(({ outcomes }) => outcomes[name]?.verdict);
  const passed = verdicts.filter((verdict) => verdict === 'pass').length;
  return `${passed}/${passed + verdicts.filter((verdict) => verdict === 'fail').length}`;
}

/** A finding as one line of Markdown. */
function plain(text = '') {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[<>|*_`\\]/g, '\\$&')
    .slice(0, 240);
}
