// @ts-check
/** What the provider shows to a user. */
export function createPages() {
  return {
    /**
     * Asks who it is. `login` and `password` sign in; `cancel` says no.
     * @param {any} provider
     * @param {import('node:http').IncomingMessage} request
     * @param {import('node:http').ServerResponse} response
     */
    async interact(provider, request, response) {
      const { prompt } = await provider.interactionDetails(request, response);
      const finish = (/** @type {object} */ result) => provider.interactionFinished(request, response, result);
      if (prompt.name === 'consent') return await finish({ consent: {} });
      if (request.method !== 'POST') return show(response, LOGIN);
      const form = await formOf(request);
      if (form.has('cancel')) return await finish({ error: 'access_denied', error_description: 'The user said no' });
      if (form.get('login') === 'alice' && form.get('password') === 'alice-pass-1') {
        return await finish({ login: { accountId: 'alice' } });
      }
      show(response, `<p id="wrong">Wrong name or password.</p>${LOGIN}`);
    },

    /**
     * Signs out at once where the app shows by the ID token who it is; else it asks.
     * @param {any} context
     * @param {string} form
     */
    logout(context, form) {
      const yes = '<button form="op.logoutForm" name="logout" value="yes" id="yes">Sign out</button>';
      const go = "<script>document.getElementById('yes').click()</script>";
      context.body = html(`${form}${yes}${context.oidc.entities.IdTokenHint ? go : ''}`);
    },

    /** @param {any} context */
    loggedOut(context) {
      context.body = html('<p id="signed-out">Signed out.</p>');
    },

    /**
     * @param {any} context
     * @param {{ readonly error: string }} out
     */
    error(context, out) {
      context.type = 'html';
      context.body = html(`<p id="error">${out.error.replace(/\W/g, ' ')}</p>`);
    },
  };
}

const LOGIN = `<form method="post"><input name="login"><input name="password" type="password">
<button id="enter">Sign in</button><button id="cancel" name="cancel" value="yes">Cancel</button></form>`;

/** @param {string} body */
function html(body) {
  return `<!doctype html><meta charset="utf-8"><title>Provider</title>${body}\n`;
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {string} body
 */
function show(response, body) {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(html(body));
}

/** @param {import('node:http').IncomingMessage} request */
async function formOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}
