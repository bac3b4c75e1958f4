import { jwtOf } from '../server.mjs';
import { settled } from './refresh.mjs';

const KINDS = {
  'an opaque token': 'opaque-0123456789',
  'a JWT without exp': jwtOf({ sub: 'alice', token_type: 'access' }),
  'something like a JWT': 'a.b.c',
};

/** Of what a token looks like. */
export const TOKENS = [
  {
    id: 'C45',
    title: 'opaque tokens, tokens without exp, and what only looks like a JWT all work',
    async run(stage) {
      for (const [name, token] of Object.entries(KINDS)) {
        const server = await stage.serve();
        const client = await stage.open(server, { tokens: server.issue({ token }), expiresAt: null });
        stage.equal(await settled(stage, [client.send('/api/me/')]), { 200: 1 }, `a request with ${name}`);
        if (stage.kind.isByClock) continue;
        server.refuseAll();
        stage.equal(
          await settled(stage, [client.send('/api/me/')]),
          { 200: 1 },
          `a request after the refusal of ${name}`,
        );
      }
    },
  },
];
