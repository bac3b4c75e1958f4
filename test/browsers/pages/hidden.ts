// Hidden, unless the test says that somebody looks at it: then no token is renewed but for those who ask for it.
if (!new URLSearchParams(location.search).has('visible')) {
  Object.defineProperty(document, 'hidden', { configurable: true, value: true });
}
