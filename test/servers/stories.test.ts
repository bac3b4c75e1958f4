// @vitest-environment node
import { tellStories } from './story.ts';

tellStories('record');
