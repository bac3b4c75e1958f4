export { defineTimeline } from './devtools/define-timeline.ts';
export type { SessionTimeline } from './devtools/session-timeline.ts';
