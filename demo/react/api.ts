import axios, { type AxiosInstance } from 'axios';
import { attachSession } from 'latchkey/axios';
import { session } from '../shared/session.ts';

/** The one client of the app: it carries the token, and waits for a new one when it has to. */
export const api: AxiosInstance = axios.create();
attachSession(api, session);
