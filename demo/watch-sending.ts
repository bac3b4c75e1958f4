import axios, { AxiosError, type AxiosInstance, type InternalAxiosRequestConfig, isAxiosError } from 'axios';
import { isOffline } from './device.ts';

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
 * it, and what it sees is what goes out. A device that is cut off lets nothing out.
 */
export function watchSending(instance: AxiosInstance): void {
  const { adapter } = instance.defaults;
  instance.defaults.adapter = async (config: InternalAxiosRequestConfig) => {
    if (isOffline()) throw new AxiosError('Network Error', AxiosError.ERR_NETWORK, config);
    config.watcher?.sent();
    try {
      return await axios.getAdapter(adapter, config)(config);
    } catch (error) {
      if (isAxiosError(error) && error.response?.status === 401) config.watcher?.refused();
      throw error;
    }
  };
}
