/**
 * The forty lines that apps copy from forums, as they stand there: a flag, a queue, and the sign-in page when the refresh
 * fails. What latchkey is compared with.
 *
 * @param {import('axios').AxiosInstance} api
 * @param {object} app What each app writes into them.
 * @param {() => string | null | undefined} app.load Reads the access token, for each request.
 * @param {() => Promise<string>} app.refresh Gets new tokens and keeps them; gives the access token.
 * @param {() => void} app.toSignIn Forgets the tokens and shows the sign-in page.
 * @returns {import('axios').AxiosInstance}
 */
export function copyInterceptor(api, { load, refresh, toSignIn }) {
  let isRefreshing = false;
  /** @type {{ resolve: (token: string) => void, reject: (error: unknown) => void }[]} */
  let failedQueue = [];
  const processQueue = (/** @type {unknown} */ error, token = '') => {
    for (const { resolve, reject } of failedQueue) {
      if (error) reject(error);
      else resolve(token);
    }
    failedQueue = [];
  };
  api.interceptors.request.use((config) => {
    const token = load();
    if (token) config.headers.Authorization = `Bearer ${token}`;
    return config;
  });
  api.interceptors.response.use(
    (response) => response,
    async (error) => {
      const originalRequest = error.config;
      if (error.response?.status !== 401 || originalRequest._retry) return Promise.reject(error);
      if (isRefreshing) {
        return new Promise((/** @type {(token: string) => void} */ resolve, reject) => {
          failedQueue.push({ resolve, reject });
        }).then((token) => {
          originalRequest.headers.Authorization = `Bearer ${token}`;
          return api(originalRequest);
        });
      }
      originalRequest._retry = true;
      isRefreshing = true;
      try {
        const token = await refresh();
        processQueue(null, token);
        originalRequest.headers.Authorization = `Bearer ${token}`;
        return api(originalRequest);
      } catch (refreshError) {
        processQueue(refreshError);
        toSignIn();
        return Promise.reject(refreshError);
      } finally {
        isRefreshing = false;
      }
    },
  );
  return api;
}
