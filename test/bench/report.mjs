/** Prints a table: the first column to the left, all others to the right. */
export function printTable(title, head, rows) {
  const lines = [head, ...rows].map((line) => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const draw = (line) =>
    `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')}`;
  const [first, ...rest] = lines.map(draw);
  console.log(`\n${title}\n${first}\n  ${'─'.repeat(first.length - 2)}\n${rest.join('\n')}`);
}

/** A median with its 95 % interval. */
export function range(summary, digits = 2) {
  if (summary === undefined) return '';
  const { median, low, high } = summary;
  return `${median.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

export function printSteady(title, { rounds, batch, rows, versus }) {
  printTable(
    `${title}: µs per request, ${rounds} rounds of ${batch}, median [95 % interval]`,
    ['client', 'in all', 'added to plain', 'valid tokens', 'none or invalid'],
    rows.map(({ name, total, added, counts }) => [name, range(total), range(added), counts.valid, counts.invalid]),
  );
  for (const [name, summary] of Object.entries(versus)) {
    console.log(`  latchkey less ${name}: ${range(summary)} µs`);
  }
}

export function printStorm(title, { rows }) {
  printTable(
    `${title}: ms in all, median [95 % interval]; counts are those of the last round`,
    ['client', 'requests', 'time', 'times hindsight', 'µs each', 'served', 'refused', 'refreshes'],
    rows.map(({ name, size, time, ratio, served, invalid, refreshes }) => [
      name,
      size,
      range(time, 1),
      range(ratio),
      ((time.median * 1000) / size).toFixed(1),
      served,
      invalid,
      refreshes,
    ]),
  );
}

/**
 * Judges a goal by the whole interval, not by the median: met when all of it is at or below the limit, missed when all
 * of it is above, and otherwise open, which is no success either.
 */
export function judgeGoal(name, summary, limit, digits = 2) {
  const verdict = summary.high <= limit ? 'met' : summary.low > limit ? 'MISSED' : 'OPEN';
  return { name, limit, verdict, text: range(summary, digits) };
}

export function printGoals(goals) {
  printTable(
    'Goals, judged by the whole interval',
    ['goal', 'limit', 'measured', 'verdict'],
    goals.map(({ name, limit, text, verdict }) => [name, limit, text, verdict]),
  );
}
