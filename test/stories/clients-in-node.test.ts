// @vitest-environment node
import { describe } from 'vitest';
import { axiosClient, fetchClient, tellShopStories } from '../support/shop-stories.ts';

describe('a shop on axios over http', () => tellShopStories((session) => axiosClient(session, 'http')));
describe('a shop on axios over fetch', () => tellShopStories((session) => axiosClient(session, 'fetch')));
describe('a shop on fetch', () => tellShopStories(fetchClient));
