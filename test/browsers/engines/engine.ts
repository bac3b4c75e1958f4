export type EngineName = 'chromium' | 'firefox' | 'webkit';

/** What not every engine can do here. The method behind it rejects where it is false. */
export interface Abilities {
  /** `tab.crash()` ends the page without a word to it. Where it is false, the tab is closed instead. */
  readonly crash: boolean;
  readonly duplicate: boolean;
  readonly freeze: boolean;
  /** `engine.open(url, { hidden: true })` */
  readonly openHidden: boolean;
  /** `tab.hide()` and `tab.show()` */
  readonly hide: boolean;
  /** `engine.offline()` */
  readonly offline: boolean;
  /** `tab.offline()` */
  readonly offlineTab: boolean;
  /** Whether a Secure cookie is kept on http://localhost. */
  readonly secureCookie: boolean;
}

/** What a browser is started with. */
export interface Start {
  /** Whether it takes any certificate, such as one that a test made. Default is false. */
  readonly anyCertificate?: boolean;
}

/** A cookie as the browser keeps it. */
export interface KeptCookie {
  readonly name: string;
  readonly value: string;
  readonly path?: string;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: string;
}

/** A real tab, in a window of its own: what is opened after it does not hide it. */
export interface Tab {
  /**
   * Runs a function in the page, and gives what it returns or resolves with, as JSON. What it throws is thrown here,
   * with its name and message. The function is sent as text: it sees its arguments and the page, nothing of the test.
   */
  run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** Evaluates an expression in the page, and waits if it is a promise. */
  run<Result = unknown>(expression: string): Promise<Result>;
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** One page back in the history. Resolves when another document is there, loaded anew or from the bfcache. */
  back(): Promise<void>;
  close(): Promise<void>;
  /** The cookies that the browser would send for the tab's URL, those too that no script sees. */
  cookies(): Promise<readonly KeptCookie[]>;
  /** The page dies, and the tab with it. A duplicate may live in the same process, and die with it. */
  crash(): Promise<void>;
  /** Stops the page as the browser does with one hidden for long: no task of it runs until it thaws. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Another tab of the same URL with a copy of this one's sessionStorage. It has this one as its opener. */
  duplicate(): Promise<Tab>;
  hide(): Promise<void>;
  show(): Promise<void>;
  offline(isOffline: boolean): Promise<void>;
}

/** What tabs have in common: cookies, storage, locks. */
export interface Profile {
  open(url: string, options?: { readonly hidden?: boolean }): Promise<Tab>;
  /** Cuts every tab off, those to come among them, or connects them again. */
  offline(isOffline: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A browser that runs, as each engine's own file makes it. */
export interface Launched {
  readonly version: string;
  readonly can: Abilities;
  /** A profile with nothing in it. One at a time. */
  profile(): Promise<Profile>;
  close(): Promise<void>;
}

/** The error of a method that this engine has no way to keep. */
export function unable(engine: EngineName, method: string): () => Promise<never> {
  return () => Promise.reject(new Error(`${engine} has no ${method} here: ask engine.can before`));
}

/** An expression that never rejects: a promise of what `work` gave or threw, as text that `outcome` reads. */
export function expressionOf(work: string | ((...args: never[]) => unknown), args: readonly unknown[]): string {
  const call = typeof work === 'string' ? work : `(${work})(...${JSON.stringify(args)})`;
  return `(async () => JSON.stringify({ value: await (${call}) }))().catch((error) =>
    JSON.stringify({ name: error?.name ?? 'Error', message: error?.message ?? String(error) }))`;
}

export function outcome<Result>(text: string): Result {
  const { value, name, message } = JSON.parse(text);
  if (message === undefined) return value;
  throw Object.assign(new Error(message), { name });
}
