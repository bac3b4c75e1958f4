import { describe } from 'vitest';
import { axiosClient, tellShopStories } from '../support/shop-stories.ts';

describe('a shop on axios over XMLHttpRequest', () => tellShopStories((session) => axiosClient(session, 'xhr')));
