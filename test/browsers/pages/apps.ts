// Put before the program of an app of `demo/`: what drives it, by the roles and names of demo/shared/README.md, and what
// watches it from its first moment on.
if (new URLSearchParams(location.search).has('unseen')) {
  // Nobody looks at it, so it refreshes for those alone who ask.
  Object.defineProperty(document, 'hidden', { configurable: true, value: true });
}

const TAGS = { button: 'button', link: 'a[href]', heading: 'h1, h2' } as const;

const find = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)];
const textOf = (one: Element | undefined): string => (one?.textContent ?? '').replace(/\s+/g, ' ').trim();
const named = (role: keyof typeof TAGS, name: string): HTMLElement | undefined =>
  find(TAGS[role]).find((one) => textOf(one) === name);
const field = (label: string): HTMLInputElement | undefined =>
  find('label')
    .find((one) => textOf(one) === label)
    ?.querySelector('input') ?? undefined;
const heading = (): string => textOf(find('h1')[0]);

/** Every heading that there was, in order; empty while there is none. */
const seen: string[] = [];
/** What went wrong in the page, whoever's fault it was. */
const errors: string[] = [];
const watch = (): void => {
  if (seen.at(-1) !== heading()) seen.push(heading());
};
new MutationObserver(watch).observe(document, { subtree: true, childList: true, characterData: true });
addEventListener('error', ({ message }) => errors.push(message));
addEventListener('unhandledrejection', ({ reason }) => errors.push(`unhandled: ${reason}`));
for (const level of ['error', 'warn'] as const) {
  globalThis.console[level] = (...words: unknown[]) => void errors.push(words.map(String).join(' '));
}

/** Resolves with what the look gives, once that is neither undefined nor false, nor the empty text. */
function until<T>(look: () => T | undefined | false | ''): Promise<T> {
  return new Promise((resolve) => {
    const check = (): void => {
      const found = look();
      if (found === undefined || found === false || found === '') return;
      observer.disconnect();
      removeEventListener('hashchange', check);
      resolve(found);
    };
    const observer = new MutationObserver(check);
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    addEventListener('hashchange', check);
    check();
  });
}

/** What a user would do and see. Everything waits until it can be done. */
const page = {
  seen,
  errors,
  heading,
  /** The app's own part of the URL. */
  path: (): string => location.hash.slice(1),
  /** Waits for a page, by its heading. */
  on: async (name: string): Promise<void> => void (await until(() => heading() === name)),
  /** Waits for the element, and clicks on it. */
  click: async (role: 'button' | 'link', name: string): Promise<void> => (await until(() => named(role, name))).click(),
  has: (role: keyof typeof TAGS, name: string): boolean => named(role, name) !== undefined,
  async fill(label: string, value: string): Promise<void> {
    const input = await until(() => field(label));
    // As a key does: a framework may have put a property of its own over it.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, value);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  },
  value: (label: string): string | undefined => field(label)?.value,
  async signIn(password = 'alice-pass-1'): Promise<void> {
    await page.fill('User name', 'alice');
    await page.fill('Password', password);
    await page.click('button', 'Sign in');
  },
  /** What the alert says, once it says something. */
  alert: (): Promise<string> => until(() => textOf(find('[role=alert]')[0])),
  problem: (): string => textOf(find('[role=alert]')[0]),
  status: (): string => textOf(find('[role=status]')[0]),
  /** Waits until the status says that. */
  told: async (text: string): Promise<void> => void (await until(() => page.status() === text)),
  /** Waits until the page of that number is loaded, and gives its items. */
  async items(number: number): Promise<string[]> {
    const items = (): HTMLElement[] => find('ul[aria-label=Items] > li');
    await until(
      () =>
        textOf(find('nav[aria-label="Pages of the list"] span:not(:empty)')[0]) === `Page ${number} of 5` &&
        // Between a new number and the request, a framework may need a moment to say that it is busy.
        textOf(items()[0]).startsWith(`Item ${10 * number - 9} `) &&
        find('ul[aria-label=Items]')[0]?.ariaBusy === 'false',
    );
    return items().map(textOf);
  },
  rows: (): string[][] => find('dl > div').map((row) => [...row.children].map(textOf)),
  /** Waits until the header names the user. */
  who: (): Promise<string> => until(() => textOf(find('header strong')[0])),
  current: (): string[] => find('[aria-current=page]').map(textOf),
  /** Waits until the warning is there, or is gone again; gives its text, and whether it has the page to itself. */
  async warning(isDue: boolean): Promise<{ readonly text: string; readonly isModal: boolean } | undefined> {
    await until(() => (find('dialog')[0] !== undefined) === isDue);
    const dialog = find('dialog')[0];
    if (!dialog) return undefined;
    await until(() => dialog.hasAttribute('open'));
    return { text: textOf(dialog.querySelector('p') ?? undefined), isModal: dialog.matches(':modal') };
  },
  /** What of the user is in the document, in a text or an attribute. */
  traces: (): string[] =>
    [...new Set(document.body.outerHTML.match(/of alice|alice@example\.com|Signed in as|eyJ/g))].sort(),
  back: (): void => history.back(),
  /** Goes back, and resolves once the browser is there; whatever the app makes of it then. */
  leave: (): Promise<unknown> =>
    new Promise((resolve) => {
      addEventListener('popstate', resolve, { once: true });
      history.back();
    }),
};

export {};

declare global {
  var visitor: typeof page;
}
globalThis.visitor = page;
