/**
 * Every table of a run, as `{ title, head, rows }` of text: printed as it is, and published as it is printed.
 *
 * @param results Some parts of what was measured.
 */
export function tablesOf({ sizes, steady, allocations, storms, resilience, chromium, tabs }) {
  return [
    ...(sizes ? [sizesTable(sizes)] : []),
    ...(steady ? steadyTables(steady, 'Node') : []),
    ...(allocations ? allocationTables(allocations) : []),
    ...Object.entries(storms ?? {}).map(([title, storm]) => stormTable(title, storm)),
    ...(resilience ?? []).map(resilienceTable),
    ...(chromium ? steadyTables(chromium, `Chromium ${chromium.version}`) : []),
    ...(tabs ? [tabsTable(tabs)] : []),
  ];
}

/** Prints tables: the first column to the left, all others to the right. */
export function printAll(results) {
  for (const { title, head, rows } of tablesOf(results)) printTable(title, head, rows);
}

export function printGoals(goals) {
  if (goals.length === 0) return;
  printTable(
    'Goals, judged by the whole interval',
    ['goal', 'limit', 'measured', 'verdict'],
    goals.map(({ name, limit, text, verdict }) => [name, limit, text, verdict]),
  );
}

/** A median with its 95 % interval. */
export function range(summary, digits = 2) {
  if (summary === undefined) return '';
  const { median, low, high } = summary;
  if (low === high) return median.toFixed(digits);
  return `${median.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/**
 * Judges a goal by the whole interval, not by the median: met when all of it is at or below the limit, missed when all
 * of it is above, and otherwise open, which is no success either.
 */
export function judgeGoal(name, summary, limit, digits = 2) {
  const verdict = summary.high <= limit ? 'met' : summary.low > limit ? 'MISSED' : 'OPEN';
  return { name, limit, verdict, text: range(summary, digits) };
}

function printTable(title, head, rows) {
  const lines = [head, ...rows].map((line) => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const draw = (line) =>
    `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')}`;
  const [first, ...rest] = lines.map(draw);
  console.log(`\n${title}\n${first}\n  ${'─'.repeat(first.length - 2)}\n${rest.join('\n')}`);
}

function sizesTable(sizes) {
  return {
    title: 'Size: what an app downloads more, minified by esbuild, axios apart',
    head: ['imports', 'bytes, minified', 'bytes, gzipped'],
    rows: sizes.map(({ name, minified, gzip }) => [name, minified, gzip]),
  };
}

function steadyTables({ axios, fetch }, where) {
  return [
    ['axios', axios],
    ['fetch', fetch],
  ].flatMap(([title, { rounds, batch, rows, versus }]) => [
    {
      title: `Cost of a request over ${title} in ${where}, token fresh: µs, ${rounds} rounds of ${batch}, median [95 % interval]`,
      head: ['client', 'in all', 'added to plain', 'valid tokens', 'none or invalid'],
      rows: rows.map(({ name, total, added, counts }) => [
        nameOf(name, title),
        range(total),
        range(added),
        counts.valid,
        counts.invalid,
      ]),
    },
    {
      title: `The same, compared round by round (below 0: latchkey is quicker)`,
      head: ['latchkey less', 'µs'],
      rows: Object.entries(versus).map(([name, summary]) => [name, range(summary)]),
    },
  ]);
}

function allocationTables(allocations) {
  return Object.entries(allocations).map(([title, rows]) => ({
    title: `Memory for a request over ${title} in Node, token fresh: bytes, median [95 % interval]`,
    head: ['client', 'in all', 'added to plain'],
    rows: rows.map(({ name, total, added }) => [nameOf(name, title), range(total, 0), range(added, 0)]),
  }));
}

function stormTable(title, { rows }) {
  const kind = title.endsWith('expired') ? 'the token is over by the clock' : 'the server refuses the token';
  return {
    title: `Storm over ${title.split(',')[0]}: ${kind}; ms in all, median [95 % interval]; counts of the last round`,
    head: ['client', 'requests', 'time', 'times hindsight', 'µs each', 'served', 'failed', 'refused', 'refreshes'],
    rows: rows.map(({ name, size, time, ratio, served, invalid, refreshes }) => [
      name === 'control' ? 'hindsight, again' : name,
      size,
      range(time, 1),
      range(ratio),
      ((time.median * 1000) / size).toFixed(1),
      served,
      size - served,
      invalid,
      refreshes,
    ]),
  };
}

function resilienceTable({ id, title, rows }) {
  const isOutage = id === 'outage';
  return {
    title: title[0].toUpperCase() + title.slice(1),
    head: ['client', 'refreshes', 'failed', 'signed out', ...(isOutage ? ['of requests', 'back after, s'] : [])],
    rows: rows.map(({ name, why, refreshes, failures, signOuts, requests, recovery }) => {
      if (why) return [`${name} (${why})`, ...Array(isOutage ? 5 : 3).fill('–')];
      const back = isOutage ? [requests, recovery ?? 'never'] : [];
      return [name, refreshes, failures, signOuts === 0 ? 'no' : 'yes', ...back];
    }),
  };
}

function tabsTable({ chromium, count, expiries, rows }) {
  return {
    title: `${count} tabs in Chromium ${chromium} on Django with SimpleJWT (rotation, blacklist): ${expiries} expiries, ${count * 5} requests each`,
    head: ['client', 'refreshes', 'failed', 'tabs signed out'],
    rows: rows.map(({ name, why, note, refreshes, failures, signedOut }) =>
      why ? [`${name} (${why})`, '–', '–', '–'] : [note ? `${name} (${note})` : name, refreshes, failures, signedOut],
    ),
  };
}

/** A second plain client: its difference is what the method cannot tell from nothing. */
function nameOf(name, title) {
  if (name === 'plain') return `plain ${title}`;
  return name === 'control' ? `plain ${title}, again` : name;
}
