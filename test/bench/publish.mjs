import { writeFileSync } from 'node:fs';
import { tableOf, writeSection } from './markdown.mjs';
import { drawPictures } from './pictures.mjs';
import { tablesOf } from './report.mjs';

/** Writes what a whole run printed into docs/numbers.md, its pictures into docs/pictures, and itself into published.json. */
export async function publish(results) {
  writeFileSync(new URL('./published.json', import.meta.url), `${JSON.stringify(rounded(results), undefined, 1)}\n`);
  const pictures = await drawPictures(results);
  const { machine, goals } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const text = [
    `${machine.date}, Node ${machine.node}, ${machine.cores} cores (${machine.model})${machine.isQuick ? ', **a rough look, not the real run**' : ''}.`,
    `${versions.join(', ')}.`,
    '',
    ...pictures.flatMap(({ file, alt }) => [`![${alt}](pictures/${file})`, '']),
    '### Goals',
    '',
    tableOf(
      ['goal', 'limit', 'measured', 'verdict'],
      goals.map(({ name, limit, text, verdict }) => [name, limit, text, verdict]),
    ),
    ...tablesOf(results).flatMap(({ title, head, rows }) => ['', `**${title}**`, '', tableOf(head, rows)]),
  ];
  await writeSection('bench', text.join('\n'));
}

/** No more digits than mean something. */
function rounded(value) {
  if (typeof value === 'number') return Number(value.toPrecision(5));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rounded(each)]));
}
