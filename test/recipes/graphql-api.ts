import { buildSchema, graphql } from 'graphql';
import type { AuthServer } from 'latchkey/testing/msw';
import { type ApiServer, startApi } from './api-server.ts';

const schema = buildSchema(`
  type Query { orders: [String!]!  open: String! }
  type Mutation { order(what: String!): String! }
`);

/** A GraphQL server over HTTP that says "who are you?" with status 200, as many do. */
export async function startGraphql(): Promise<ApiServer> {
  let auth: AuthServer | undefined;
  const server = await startApi({}, (request, response, origin) => {
    if (request.url !== '/graphql') return false;
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
      const { authorization = '' } = request.headers;
      const user = auth?.userOf(new Request(origin, { headers: { authorization } }))?.username;
      const rootValue = {
        open: () => authorization || 'bare',
        orders: () => [`a lamp of ${name(user)}`],
        order: ({ what }: { what: string }) => `${what} of ${name(user)}`,
      };
      const result = await graphql({ schema, source: query, variableValues: variables, rootValue });
      const body = JSON.stringify({
        ...result,
        ...(result.errors && { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] }),
      });
      response.writeHead(200, { 'Content-Type': 'application/graphql-response+json' }).end(body);
    })();
    return true;
  });
  ({ auth } = server);
  return server;
}

function name(user: unknown): string {
  if (user === undefined) throw new Error('no');
  return String(user);
}
