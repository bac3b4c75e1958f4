/** Where in this browser a token lies: every place that outlives the page is read whole. */
export async function tokensAtRest(): Promise<string[]> {
  const places: Record<string, unknown> = {
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    cookies: document.cookie,
    caches: await caches.keys(),
  };
  for (const { name = '' } of await indexedDB.databases()) places[`IndexedDB ${name}`] = await contentOf(name);
  // What every JWT begins with.
  return Object.keys(places).filter((place) => JSON.stringify(places[place]).includes('eyJ'));
}

/** One row of a database with one store. */
export async function rowOf(database: string, key: string): Promise<unknown> {
  return await within(database, (opened) => {
    const [store = ''] = opened.objectStoreNames;
    return settled(opened.transaction(store).objectStore(store).get(key));
  });
}

async function contentOf(name: string): Promise<unknown[]> {
  return await within(name, (opened) =>
    Promise.all(
      Array.from(opened.objectStoreNames, (store) => settled(opened.transaction(store).objectStore(store).getAll())),
    ),
  );
}

async function within<T>(name: string, work: (opened: IDBDatabase) => Promise<T>): Promise<T> {
  const opened = await settled(indexedDB.open(name));
  try {
    return await work(opened);
  } finally {
    opened.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
