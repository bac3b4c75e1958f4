/** One line of the list. */
export interface Item {
  readonly id: number;
  readonly name: string;
}

/** A page of it, as Django REST Framework's `PageNumberPagination` answers. */
export interface ItemsPage {
  /** Of the whole list. */
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly Item[];
}

/** How many items the server puts on a page. */
const PAGE_SIZE = 10;

/** Where a page of the list is, from 1 on. */
export function itemsUrl(page: number): string {
  return `/api/items/?page=${page}`;
}

/** The page that a URL's `page` means: 1 when it is missing, or is none. */
export function pageOf(text: string | null | undefined): number {
  return /^[1-9]\d{0,5}$/.test(text ?? '') ? Number(text) : 1;
}

/** How many pages a list of so many items has. */
export function pageCount(items: number): number {
  return Math.max(Math.ceil(items / PAGE_SIZE), 1);
}
