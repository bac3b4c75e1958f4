/** Where the app is: `/items?page=2` in the URL `…#/items?page=2`. */
export interface Route {
  /** As the URL has it. */
  readonly path: string;
  /** Without the query. */
  readonly page: string;
  readonly query: URLSearchParams;
}

/** Reads the URL. */
export function currentRoute(): Route {
  const path = location.hash.slice(1);
  const [page = '', query = ''] = path.split('?');
  return { path, page, query: new URLSearchParams(query) };
}

/** Goes to another page in the place of this one: the back button does not lead here. The caller shows it. */
export function replaceRoute(path: string): void {
  history.replaceState(undefined, '', `#${path}`);
}
