const COUNT = 45;
const PAGE_SIZE = 10;

/** A page of a user's items, in the manner of Django REST Framework; undefined where there is none of that number. */
export function itemsOf(username: string, url: URL): Record<string, unknown> | undefined {
  const page = Number(url.searchParams.get('page') ?? 1);
  const last = Math.ceil(COUNT / PAGE_SIZE);
  if (!Number.isInteger(page) || page < 1 || page > last) return undefined;
  const first = (page - 1) * PAGE_SIZE;
  const length = Math.min(PAGE_SIZE, COUNT - first);
  return {
    count: COUNT,
    next: page < last ? urlOf(url, page + 1) : null,
    previous: page > 1 ? urlOf(url, page - 1) : null,
    results: Array.from({ length }, (_, index) => ({
      id: first + index + 1,
      name: `Item ${first + index + 1} of ${username}`,
    })),
  };
}

function urlOf({ href }: URL, page: number): string {
  const url = new URL(href);
  url.searchParams.set('page', String(page));
  return url.href;
}
