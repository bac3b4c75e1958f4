/**
 * How the timeline looks. Light or dark follows the `color-scheme` of the page around it, and its font is the page's. A page
 * may set `--latchkey-refresh`, `-session`, `-tabs` and `-events`, the colours of the lanes.
 */
export const TIMELINE_STYLE = `
:host {
  --refresh: var(--latchkey-refresh, light-dark(#1a7a44, #5fd394));
  --session: var(--latchkey-session, light-dark(#5b3fb8, #b9a3ff));
  --tabs: var(--latchkey-tabs, light-dark(#1d5fbf, #7db0ff));
  --events: var(--latchkey-events, light-dark(#8a5a00, #f0b849));
  --line: color-mix(in srgb, currentcolor 16%, transparent);
  display: flex;
  flex-direction: column;
  gap: 0.5rem;
  min-height: 0;
  font-size: 0.8125rem;
  line-height: 1.4;
}
:host([hidden]), [hidden] { display: none !important; }
.bar, .lanes { display: flex; flex-wrap: wrap; gap: 0.375rem; }
.bar { justify-content: space-between; }
button {
  padding: 0.2rem 0.6rem;
  border: 1px solid var(--line);
  border-radius: 1rem;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:disabled { cursor: default; opacity: 0.6; }
button[data-lane]::before, .lane::before {
  display: inline-block;
  box-sizing: border-box;
  width: 0.625rem;
  height: 0.625rem;
  margin-inline-end: 0.375rem;
  border: 2px solid var(--lane);
  border-radius: 50%;
  content: "";
}
button[aria-pressed="true"]::before, .lane::before { background: var(--lane); }
[data-lane="refresh"] { --lane: var(--refresh); }
[data-lane="session"] { --lane: var(--session); }
[data-lane="tabs"] { --lane: var(--tabs); }
[data-lane="events"] { --lane: var(--events); }
:focus-visible { outline: 2px solid var(--tabs); outline-offset: 2px; }
[role="status"]:empty { display: none; }
textarea { width: 100%; box-sizing: border-box; font: 0.75rem monospace; }
.scroll { flex: 1; min-height: 4rem; overflow: auto; overscroll-behavior: contain; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
/* Said to a screen reader; the eye sees it from where it stands. */
caption, thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: 0.25rem 0.5rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: baseline; }
th { width: 1%; color: var(--lane); font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
td:last-child { padding-inline-end: 0; text-align: end; white-space: nowrap; }
/* The dots of a lane are below each other: a column for each. */
.lane { box-sizing: border-box; width: 3.75rem; min-width: 3.75rem; font-size: 0; white-space: nowrap; }
[data-lane="session"] .lane::before { margin-inline-start: 0.875rem; }
[data-lane="tabs"] .lane::before { margin-inline-start: 1.75rem; }
[data-lane="events"] .lane::before { margin-inline-start: 2.625rem; }
.lane::before { width: 10px; height: 10px; margin-inline-end: 0; }
p { margin: 0; opacity: 0.8; }
`;
