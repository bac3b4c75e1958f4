/** Cookies as the page's scripts see them, in happy-dom, and what a test puts in their way. */

/** What code writes from now on, as it writes it; the cookies work as before. Until `restoreCookies`. */
export function watchCookieWrites(): readonly string[] {
  const writes: string[] = [];
  const { get, set } = cookieProperty();
  Object.defineProperty(document, 'cookie', {
    configurable: true,
    get: () => get?.call(document),
    set(text: string) {
      writes.push(text);
      set?.call(document, text);
    },
  });
  return writes;
}

/** Makes every touch throw, as in a sandboxed frame. Until `restoreCookies`. */
export function denyCookies(): void {
  const deny = (): never => {
    throw new DOMException('The document is sandboxed.', 'SecurityError');
  };
  Object.defineProperty(document, 'cookie', { configurable: true, get: deny, set: deny });
}

/** Ends what the two above did, removes every cookie, and goes back to the first page. */
export function restoreCookies(): void {
  Reflect.deleteProperty(document, 'cookie');
  visit('https://app.example/app/');
  for (const name of cookieNames()) {
    for (const path of ['/', '/app', '/app/']) {
      writeCookie(`${name}=; Path=${path}; Secure; Max-Age=-1`);
      writeCookie(`${name}=; Path=${path}; Domain=app.example; Secure; Max-Age=-1`);
    }
  }
  visit('https://app.example/');
}

/** Writes a cookie as a page of the same origin could, or a server. */
export function writeCookie(text: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: this is what the store is tested against.
  document.cookie = text;
}

/** The cookies that have a value: happy-dom shows a removed one, without its value, to the end of the millisecond. */
export function cookies(): readonly string[] {
  return document.cookie.split('; ').filter((pair) => pair !== '' && !pair.endsWith('='));
}

export function cookieNames(): readonly string[] {
  return cookies().map((pair) => pair.split('=')[0] ?? '');
}

/** Makes another URL that of the page, without a load. */
export function visit(url: string): void {
  (globalThis as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(url);
}

function cookieProperty(): PropertyDescriptor {
  let object: object = document;
  while (!Object.hasOwn(object, 'cookie')) object = Object.getPrototypeOf(object);
  return Object.getOwnPropertyDescriptor(object, 'cookie') ?? {};
}
