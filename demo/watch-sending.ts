import axios, { type AxiosInstance, type InternalAxiosRequestConfig, isAxiosError } from 'axios';

/** Told what really happens to a request, however often it is sent. */
interface Watcher {
  sent(): void;
  /** The server refused it. Whether it is sent again is not known yet. */
  refused(): void;
}

declare module 'axios' {
  interface AxiosRequestConfig {
    watcher?: Watcher;
  }
}

/**
 * Puts an eye between axios and the network. It must be there before a session is attached: then the session works above
 * it, and what it sees is what goes out.
 */
export function watchSending(instance: AxiosInstance): void {
  const { adapter } = instance.defaults;
  instance.defaults.adapter = async (config: InternalAxiosRequestConfig) => {
    config.watcher?.sent();
    try {
      return await axios.getAdapter(adapter, config)(config);
    } catch (error) {
      if (isAxiosError(error) && error.response?.status === 401) config.watcher?.refused();
      throw error;
    }
  };
}
