import { describe } from 'vitest';
import { fetchClient, tellShopStories } from '../support/shop-stories.ts';

describe('a shop on fetch in a page', () => tellShopStories(fetchClient));
