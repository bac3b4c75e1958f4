import { fileURLToPath } from 'node:url';
import { bundlePage } from '../conformance/bundle.mjs';
import { startServer } from '../conformance/server.mjs';
import { startChromium } from '../conformance/tabs.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The same rounds as in Node, in a page: `measureSteady` over the same clients. */
const PAGE = `
import * as latchkeyIndex from 'latchkey';
import * as latchkeyAxios from 'latchkey/axios';
import * as latchkeyBackends from 'latchkey/backends';
import * as latchkeyFetch from 'latchkey/fetch';
import * as authRefresh from 'axios-auth-refresh';
import * as queue from 'axios-auth-refresh-queue';
import * as jwt from 'axios-jwt';
import * as oauth2 from '@badgateway/oauth2-client';
import * as alova from 'alova';
import * as alovaClient from 'alova/client';
import { axiosClients } from '${here}axios-clients.mjs';
import { fetchClients } from '${here}fetch-clients.mjs';
import { contestantsOf } from '${here}contestants.mjs';
import { measureSteady } from '${here}steady.mjs';

const latchkey = { ...latchkeyIndex, ...latchkeyAxios, ...latchkeyBackends, ...latchkeyFetch };
const peers = { authRefresh, queue, jwt: jwt.default ?? jwt, oauth2, alova, alovaClient };
globalThis.measure = async (isQuick) => {
  const { steadyAxios, steadyFetch } = contestantsOf(axiosClients(latchkey, peers), fetchClients(latchkey, peers));
  return {
    axios: await measureSteady(steadyAxios, { isQuick, against: ['copied interceptor'] }),
    fetch: await measureSteady(steadyFetch, { isQuick, against: ['copied wrapper'] }),
  };
};
`;

/** What each client adds to one request in Chromium, whose clock tells tenths of a millisecond: a round is a whole batch. */
export async function measureInChromium({ isQuick }) {
  const script = await bundlePage(PAGE, {});
  const server = await startServer({
    page: {
      '/': '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/client.js"></script>',
      '/client.js': script,
    },
  });
  const chromium = await startChromium();
  try {
    const profile = await chromium.profile();
    try {
      const tab = await profile.open(`${server.origin}/`);
      return { version: chromium.version, ...(await tab.run((quick) => globalThis.measure(quick), isQuick)) };
    } finally {
      await profile.close();
    }
  } finally {
    await chromium.close();
    await server.stop();
  }
}
