import { afterEach } from 'vitest';
import { destroyApps } from '../world.ts';
import { tellAnswer } from './interceptor-answer.ts';
import { tellRefresh } from './interceptor-refresh.ts';
import { tellSubscriber } from './interceptor-subscriber.ts';
import { tellToken } from './interceptor-token.ts';

/** What `sessionInterceptor` does with any backend of `HttpClient`. */
export function tellInterceptor(): void {
  afterEach(destroyApps);

  tellToken();
  tellRefresh();
  tellSubscriber();
  tellAnswer();
}
