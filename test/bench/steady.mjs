import { differences, interleave, summarize } from './measure.mjs';
import { createServer } from './server.mjs';

const PLAN = { full: { rounds: 400, warmup: 60, batch: 250 }, quick: { rounds: 30, warmup: 10, batch: 250 } };

/**
 * What each client adds to one request while its token is fresh, in microseconds: the difference to the plain client in
 * the same round. `control` is a second plain client, and its difference is what the method cannot tell from nothing.
 *
 * @param against Names of clients that `latchkey` is compared with besides, in the same rounds.
 */
export async function measureSteady(clients, { isQuick, against = [] }) {
  const { rounds, warmup, batch } = isQuick ? PLAN.quick : PLAN.full;
  const contestants = await Promise.all(Object.entries(clients).map((entry) => contestantOf(entry, batch)));
  const times = await interleave(contestants, { rounds, warmup });
  for (const { close } of contestants) close?.();
  const scale = 1000 / batch;
  const rows = contestants.map(({ name, server }) => ({
    name,
    total: summarize(times[name].map((time) => time * scale)),
    added: name === 'plain' ? undefined : summarize(differences(times[name], times.plain, scale)),
    counts: { ...server.counts },
  }));
  const versus = Object.fromEntries(
    against.map((name) => [name, summarize(differences(times.latchkey, times[name], scale))]),
  );
  return { rounds, batch, rows, versus };
}

async function contestantOf([name, create], batch) {
  const isBare = name === 'plain' || name === 'control';
  const server = createServer({ isOpen: isBare, isLight: true });
  const client = await create(server, server.issue());
  return {
    name,
    server,
    close: client.close,
    async run() {
      for (let count = 0; count < batch; count += 1) await client.get();
    },
    check() {
      const { valid, invalid } = server.counts;
      if (isBare ? valid > 0 : invalid > 0) throw new Error(`${name} did not send what it should have.`);
    },
  };
}
