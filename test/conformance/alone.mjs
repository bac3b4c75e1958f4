import { createStage, Finding } from './stage.mjs';
import { hasten } from './time.mjs';

// One case against one contestant: the whole life of this process.
const [, , url, id, list] = process.argv;
const { CASES } = await import(list);
const { speed = 1, run } = CASES.find((each) => each.id === id);
// What of a page a client may look at: somebody does look at it, and it is of this machine.
globalThis.document = Object.assign(new EventTarget(), {
  readyState: 'complete',
  hidden: false,
  visibilityState: 'visible',
  cookie: '',
});
globalThis.location = new URL('http://localhost/');
// Rejections that nobody waits for are the client's, and no answer to a case.
process.on('unhandledRejection', () => {});
hasten(speed);
let outcome = { verdict: 'pass' };
try {
  outcome.value = await run(createStage(await import(url)));
} catch (error) {
  outcome = { verdict: 'fail', why: error instanceof Finding ? error.message : `${error?.name}: ${error?.message}` };
}
// Whoever started it ends it: servers and clients are still open.
process.send(outcome);
