/** Puts text on the clipboard; false where the page may not. */
export async function copyText(page: Document, text: string): Promise<boolean> {
  try {
    await page.defaultView?.navigator.clipboard.writeText(text);
    return page.defaultView !== null;
  } catch {
    // Not a secure context, or not allowed: the text is then shown, to be copied by hand.
    return false;
  }
}
