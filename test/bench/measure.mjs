/**
 * Times contestants in turn, a batch each, in an order drawn anew for every round: whatever else the machine does meets
 * all of them alike, and only values of the same round are ever compared.
 *
 * @param contestants `{ name, run(): Promise<void> }`, where `run` is one whole batch; `prepare` and `check`, which may
 *   be missing, run untimed before and after it.
 * @param options.clean Called before each batch.
 * @param options.gauge What is measured, as a number that grows. Default is the clock, in milliseconds.
 * @returns For each name what it took, one for each round.
 */
export async function interleave(contestants, { rounds, warmup, clean, gauge = clock }) {
  const times = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  for (let round = -warmup; round < rounds; round += 1) {
    for (const { name, prepare, run, check } of shuffled(contestants)) {
      const prepared = await prepare?.();
      // A batch that leaves much behind would make the next one pay for it.
      clean?.();
      const start = gauge();
      const result = await run(prepared);
      const time = gauge() - start;
      await check?.(prepared, result);
      if (round >= 0) times[name].push(time);
    }
  }
  return times;
}

const clock = () => performance.now();

/** The difference of two contestants, round by round. */
export function differences(times, others, scale = 1) {
  return times.map((time, round) => (time - others[round]) * scale);
}

/** The ratio of two contestants, round by round. */
export function ratios(times, others) {
  return times.map((time, round) => time / others[round]);
}

/** The median of values, and the interval in which it lies with 95 % (percentile bootstrap). */
export function summarize(values, resamples = 2000) {
  const random = createRandom(values.length);
  const medians = Array.from({ length: resamples }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  );
  medians.sort((a, b) => a - b);
  return {
    median: median(values),
    low: medians[Math.floor(resamples * 0.025)],
    high: medians[Math.ceil(resamples * 0.975) - 1],
    count: values.length,
  };
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function shuffled(items) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** Mulberry32: the same values give the same interval, so that a report can be worked out again. */
function createRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
