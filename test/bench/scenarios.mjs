import { createGate } from '../conformance/stage.mjs';

/** A request each two seconds, as a page that polls makes them. */
const PERIOD = 2000;

/** What the clients of the conformance table are put through here, to be counted: `run(stage)` gives what was seen. */
export const CASES = [
  {
    id: 'late',
    title: '20 requests, refused late: after another one has brought new tokens',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      const late = createGate();
      server.script.request = ({ path, isAuthorized }) =>
        path === '/api/slow/' && !isAuthorized ? late.passed : undefined;
      server.refuseAll();
      const slow = Array.from({ length: 20 }, () => client.send('/api/slow/'));
      await stage.until(() => server.requests('/api/slow/').length === 20, 'not all were sent');
      const quick = await stage.outcomes([client.send('/api/me/')]);
      late.open();
      const outcomes = [...quick, ...(await stage.outcomes(slow))];
      return {
        refreshes: server.refreshes(),
        failures: outcomes.filter((outcome) => outcome !== 200).length,
        signOuts: client.isSignedIn() ? 0 : 1,
      };
    },
  },
  {
    id: 'outage',
    title: 'the token endpoint answers 503 for 60 s while the token is over; a request each 2 s, for 120 s',
    speed: 20,
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server, stage.stale(server));
      const start = stage.now();
      let recovered;
      server.script.refresh = () => (stage.now() < start + 60_000 ? { status: 503, body: '<h1>503</h1>' } : undefined);
      const asked = [];
      // Whoever is signed out is at the sign-in page, and asks no more.
      while (stage.now() < start + 120_000 && client.isSignedIn()) {
        const request = client.send('/api/me/');
        asked.push(request);
        request.then(
          ({ status }) => {
            if (status === 200) recovered ??= stage.now();
          },
          () => {},
        );
        await stage.wait(PERIOD);
      }
      const outcomes = await stage.outcomes(asked, 20_000);
      const failed = outcomes.map((outcome) => outcome !== 200);
      return {
        refreshes: server.refreshes(),
        requests: asked.length,
        failures: failed.filter(Boolean).length,
        signOuts: client.isSignedIn() && client.signedOut.length === 0 ? 0 : 1,
        // From the end of the outage to the first answer, in seconds.
        recovery: recovered === undefined ? undefined : Math.max(0, Math.round((recovered - start) / 1000) - 60),
      };
    },
  },
  ...Object.entries({ 'a day behind': -86_400_000, 'a day ahead': 86_400_000, 'five minutes ahead': 300_000 }).map(
    ([name, skew]) => ({
      id: name.replaceAll(' ', '-'),
      title: `the device's clock is ${name}: 20 requests, one after the other`,
      async run(stage) {
        stage.setSkew(skew);
        const server = await stage.serve();
        const client = await stage.open(server);
        let failures = 0;
        for (let count = 0; count < 20; count += 1) {
          const [outcome] = await stage.outcomes([client.send('/api/me/')]);
          if (outcome !== 200) failures += 1;
        }
        return { refreshes: server.refreshes(), failures, signOuts: client.isSignedIn() ? 0 : 1 };
      },
    }),
  ),
];
