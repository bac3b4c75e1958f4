import { setTimeout as wait } from 'node:timers/promises';
import { collectGarbage } from './garbage.mjs';
import { interleave, ratios, summarize } from './measure.mjs';
import { createServer, SHORT } from './server.mjs';

const PLAN = {
  full: { sizes: [10, 100, 1000, 10_000], rounds: { 10: 100, 100: 60, 1000: 40, 10000: 21 }, warmup: 4 },
  quick: { sizes: [10, 100, 1000], rounds: { 10: 8, 100: 5, 1000: 3 }, warmup: 1 },
};

/**
 * Many requests at once while the token is bad: `expired`, which a client can know before it sends, or `refused`, which
 * it learns from as many 401s. The ratio is to a client with hindsight, which in the second case is refused as well.
 */
export async function measureStorms(clients, hindsight, { isQuick, kind }) {
  const { sizes, rounds, warmup } = isQuick ? PLAN.quick : PLAN.full;
  const entries = Object.entries(clients).filter(([name]) => name !== 'plain' && name !== 'control');
  const rows = [];
  for (const size of sizes) {
    const contestants = [
      hindsightOf('hindsight', hindsight, size, kind),
      hindsightOf('control', hindsight, size, kind),
      ...entries.map(([name, create]) => contestantOf(name, create, size, kind)),
    ];
    const times = await interleave(contestants, { rounds: rounds[size], warmup, clean: collectGarbage });
    for (const { name, outcome } of contestants) {
      const ratio = name === 'hindsight' ? undefined : summarize(ratios(times[name], times.hindsight));
      rows.push({ name, size, time: summarize(times[name]), ratio, ...outcome });
    }
  }
  return { kind, rows };
}

function hindsightOf(name, hindsight, size, kind) {
  const outcome = {};
  return {
    name,
    outcome,
    prepare: () => ({ server: createServer() }),
    run: ({ server }) => hindsight(server, size, kind === 'refused'),
    check: ({ server }, results) => note(outcome, server, results, size, true),
  };
}

function contestantOf(name, create, size, kind) {
  const outcome = {};
  return {
    name,
    outcome,
    async prepare() {
      const server = createServer();
      const client = await create(server, server.issue(kind === 'expired' ? SHORT : undefined));
      if (kind === 'expired') await wait(SHORT * 1000 + 5);
      server.revoke();
      return { server, client };
    },
    run: ({ client }) => Promise.allSettled(Array.from({ length: size }, () => client.get())),
    check({ server, client }, results) {
      client.close?.();
      note(outcome, server, results, size, name === 'latchkey');
    },
  };
}

/** What the server saw, and how many callers got what they asked for. */
function note(outcome, { counts }, results, size, mustServeAll) {
  const served = results.filter(({ status, value }) => status === 'fulfilled' && value.status === 200).length;
  Object.assign(outcome, { served, ...counts });
  const isRight = served === size && counts.valid === size && counts.refreshes === 1;
  if (mustServeAll && !isRight) throw new Error(`Not every request was served once: ${JSON.stringify(outcome)}`);
}
