import { http } from 'msw';
import { type SetupServer, setupServer } from 'msw/node';
import { type Api, createApi } from './api.ts';
import { SERVER } from './recipe.ts';

/** The server of the recipes where the network would be: for tests of what stands in a page. */
export interface MswApi extends Api {
  readonly server: SetupServer;
}

/** Makes one; `server.listen()` puts it there. */
export function createMswApi(): MswApi {
  const api = createApi(SERVER);
  return { ...api, server: setupServer(http.all(`${SERVER}/*`, ({ request }) => api.answer(request))) };
}
