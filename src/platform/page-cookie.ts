/**
 * The values of the cookies of one name that this page may see, decoded; more than one where somebody has planted another
 * from a subdomain or another path (CKI-4). By exact name, never by a pattern made of it (CKI-5). None where there is no
 * page.
 *
 * @throws What the browser does where a page may not use cookies, as in a sandboxed frame.
 */
export function cookieValues(name: string): readonly string[] {
  if (!('document' in globalThis)) return [];
  return document.cookie.split(';').flatMap((pair) => {
    const [key = '', ...rest] = pair.split('=');
    const value = rest.join('=').trim();
    return key.trim() === name && value ? [decode(value)] : [];
  });
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
