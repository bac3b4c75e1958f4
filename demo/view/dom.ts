/**
 * Finds an element of the page.
 *
 * @throws {TypeError} When it is not there, or is of another kind.
 */
export function find<T extends Element>(selector: string, kind: abstract new () => T): T {
  const element = document.querySelector(selector);
  if (!(element instanceof kind)) throw new TypeError(`The page has no ${selector} that is a ${kind.name}.`);
  return element;
}

/** Runs a handler on each click; the button rests until it is done, so that nothing is begun twice. */
export function onClick(selector: string, handler: () => Promise<void> | void): void {
  const button = find(selector, HTMLButtonElement);
  let isBusy = false;
  button.addEventListener('click', async () => {
    if (isBusy) return;
    isBusy = true;
    // Not `disabled`, which would take the keyboard's focus away.
    button.ariaDisabled = 'true';
    try {
      await handler();
    } finally {
      isBusy = false;
      button.ariaDisabled = null;
    }
  });
}
