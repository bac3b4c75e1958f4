import { backendName, backends, choose, isCompared, STORES, server, storeName } from '../settings.ts';
import { find } from './dom.ts';

const SERVERS = {
  page: 'a server inside this page',
  django: 'a real Django with SimpleJWT',
  flask: 'a real Flask with Flask-JWT-Extended',
  oidc: 'a real OpenID provider',
} as const;

/** Lets the reader choose; each choice loads the page anew. */
export function attachPickers(): void {
  find('#server-name', HTMLElement).textContent = SERVERS[server];
  // The small apps speak SimpleJWT alone.
  find('#apps', HTMLElement).hidden = server === 'flask' || server === 'oidc';
  fill('backend', Object.fromEntries(backends.map((name) => [name, name])), backendName);
  fill('store', STORES, storeName);
  const beside = fill(
    'beside',
    { copied: 'copied interceptor', nothing: 'nothing' },
    isCompared ? 'copied' : 'nothing',
  );
  beside.disabled = server === 'oidc';
  if (server === 'oidc')
    beside.title = 'A copied interceptor signs in with a password, which a provider does not take.';
}

function fill(
  name: 'backend' | 'store' | 'beside',
  choices: Readonly<Record<string, string>>,
  chosen: string,
): HTMLSelectElement {
  const select = find(`#${name}`, HTMLSelectElement);
  select.replaceChildren(
    ...Object.entries(choices).map(([value, label]) => new Option(label, value, value === chosen, value === chosen)),
  );
  select.addEventListener('change', () => choose(name, select.value));
  return select;
}
