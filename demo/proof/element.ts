/** Makes an element with a text, and perhaps a class. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text: string = '',
  className: string = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}
