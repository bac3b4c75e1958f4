// What an app takes of latchkey/devtools, in development alone.
export { defineTimeline } from '../../dist/devtools.js';
