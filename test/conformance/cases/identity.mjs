import { createGate } from '../stage.mjs';
import { settled } from './refresh.mjs';

/** Of who is signed in. */
export const IDENTITY = [
  {
    id: 'C34',
    title:
      'a sign-out during a refresh wins: the late tokens are not kept, not used, and revoked where the client revokes',
    async run(stage) {
      const server = await stage.serve();
      const held = createGate();
      const client = await stage.open(server, stage.stale(server));
      server.script.refresh = async () => {
        await held.passed;
      };
      const waiting = client.send('/api/me/').catch(() => {});
      await stage.until(() => server.refreshes() === 1, 'no refresh was sent');
      const left = client.signOut();
      await stage.wait(50);
      held.open();
      await Promise.all([left, waiting]);
      await stage.wait(200);
      stage.check(!client.isSignedIn(), 'the late tokens were kept');
      const seen = server.requests().length;
      await stage.outcomes([client.send('/api/me/')], 2000);
      const later = server.requests().slice(seen);
      stage.check(!later.some(({ isAuthorized }) => isAuthorized), 'a request was sent with the late tokens');
      if (client.revokes) stage.check(server.revocations().length >= 2, 'the late tokens were not revoked');
    },
  },
  {
    id: 'C37',
    title: 'a sign-out is done here at once, though the revocation hangs or fails',
    async run(stage) {
      const answers = { hangs: () => new Promise(() => {}), fails: () => ({ status: 500, body: '' }) };
      for (const [name, answer] of Object.entries(answers)) {
        const server = await stage.serve();
        const client = await stage.open(server);
        await client.send('/api/me/');
        server.script.revoke = answer;
        void Promise.resolve(client.signOut()).catch(() => {});
        await stage.wait(100);
        stage.check(!client.isSignedIn(), `still signed in while the revocation ${name}`);
        const seen = server.requests().length;
        await stage.outcomes([client.send('/api/me/')], 2000);
        const later = server.requests().slice(seen);
        stage.check(
          !later.some(({ isAuthorized }) => isAuthorized),
          `a request had the token while the revocation ${name}`,
        );
      }
    },
  },
  {
    id: 'C44',
    title: 'a clock that is off by a day, or steps by an hour, makes no loop and ends no session',
    async run(stage) {
      const [hour, day] = [3_600_000, 86_400_000];
      for (const skew of [-day, day]) {
        stage.setSkew(skew);
        const server = await stage.serve();
        const client = await stage.open(server);
        for (let count = 0; count < 6; count += 1) {
          if (count === 3) stage.setSkew(skew + hour);
          stage.equal(
            await settled(stage, [client.send('/api/me/')]),
            { 200: 1 },
            `request ${count + 1} of a clock ${skew / day} days off`,
          );
        }
        stage.check(
          server.refreshes() <= 2,
          `${server.refreshes()} refreshes for 6 requests of a clock ${skew / day} days off`,
        );
        stage.check(client.isSignedIn(), `signed out by a clock ${skew / day} days off`);
        if (stage.kind.isByClock) continue;
        server.refuseAll();
        stage.equal(
          await settled(stage, [client.send('/api/me/')]),
          { 200: 1 },
          'a request whose token is over, though the clock says not',
        );
      }
    },
  },
];
