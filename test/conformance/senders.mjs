/**
 * One way to ask, whatever the client: `send(path, { method, data, headers, signal, timeout })` resolves with the status
 * and the body of whatever the server answered, and rejects only with what the client itself makes up.
 */
export function byAxios(api) {
  return async (path, { data, headers, ...options } = {}) => {
    try {
      const response = await api.request({ url: path, data, headers: { ...headers }, ...options });
      return { status: response.status, data: response.data };
    } catch (error) {
      if (error?.response?.config?.url !== path) throw error;
      return { status: error.response.status, data: error.response.data };
    }
  };
}

/** The same over something like `fetch`. An object as data is sent as JSON, as axios does. */
export function byFetch(send, origin) {
  return async (path, { data, headers, timeout, signal, ...options } = {}) => {
    const isPlain = data !== undefined && Object.getPrototypeOf(data) === Object.prototype;
    const response = await send(origin + path, {
      ...options,
      headers: { ...(isPlain && { 'Content-Type': 'application/json' }), ...headers },
      ...(data !== undefined && { body: isPlain ? JSON.stringify(data) : data }),
      ...(data instanceof ReadableStream && { duplex: 'half' }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    return { status: response.status, data: /^[{[]/.test(text) ? JSON.parse(text) : text };
  };
}
