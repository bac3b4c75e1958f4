import { collectGarbage } from './garbage.mjs';
import { differences, interleave, summarize } from './measure.mjs';
import { createServer } from './server.mjs';

/** Small enough for V8 not to collect in between: what is measured would shrink. */
const BATCH = 100;

/**
 * How many bytes each client allocates for one request more than the plain one does, while its token is fresh: the growth
 * of the heap over a batch that begins with a clean one.
 */
export async function measureAllocations(clients, { isQuick }) {
  const contestants = await Promise.all(
    Object.entries(clients).map(async ([name, create]) => {
      const server = createServer({ isOpen: name === 'plain' || name === 'control', isLight: true });
      const client = await create(server, server.issue());
      return {
        name,
        close: client.close,
        async run() {
          for (let count = 0; count < BATCH; count += 1) await client.get();
        },
      };
    }),
  );
  const bytes = await interleave(contestants, {
    rounds: isQuick ? 10 : 80,
    warmup: isQuick ? 5 : 20,
    clean: collectGarbage,
    gauge: () => process.memoryUsage().heapUsed,
  });
  for (const { close } of contestants) close?.();
  return contestants.map(({ name }) => ({
    name,
    total: summarize(bytes[name].map((each) => each / BATCH)),
    added: name === 'plain' ? undefined : summarize(differences(bytes[name], bytes.plain, 1 / BATCH)),
  }));
}
