// Takes from the page what not every browser has, before the package could look for it: imported first.
for (const name of new URLSearchParams(location.search).getAll('without')) {
  const owner = name === 'locks' ? navigator : globalThis;
  Object.defineProperty(owner, name, { value: undefined });
}
