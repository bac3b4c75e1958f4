const real = {
  Date,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  monotonic: performance.now.bind(performance),
  timeout: AbortSignal.timeout,
};
const start = { wall: real.Date.now(), monotonic: real.monotonic() };
let speed = 1;
let skew = 0;

/**
 * Makes time in this thread go so many times as fast: clocks, timers and time-outs alike, for clients and the server. A
 * case of thirty seconds takes one. It is set before a client is loaded, and stays.
 */
export function hasten(times) {
  speed = times;
  const scale =
    (timer) =>
    (callback, delay, ...args) =>
      timer(callback, delay === undefined ? delay : delay / speed, ...args);
  globalThis.setTimeout = scale(real.setTimeout);
  globalThis.setInterval = scale(real.setInterval);
  performance.now = () => start.monotonic + (real.monotonic() - start.monotonic) * speed;
  AbortSignal.timeout = (delay) => real.timeout.call(AbortSignal, Math.ceil(delay / speed));
  globalThis.Date = class extends real.Date {
    constructor(...args) {
      if (args.length === 0) super(deviceNow());
      else super(...args);
    }
    static now() {
      return deviceNow();
    }
  };
}

/** Lets the device's clock be wrong, by milliseconds; timers go on as before. */
export function setSkew(milliseconds) {
  skew = milliseconds;
}

/** The right time, at the speed that was set. */
export function rightNow() {
  return Math.floor(start.wall + (real.Date.now() - start.wall) * speed);
}

function deviceNow() {
  return rightNow() + skew;
}

/** Waits, in hastened milliseconds. */
export function wait(milliseconds) {
  return new Promise((resolve) => real.setTimeout(resolve, milliseconds / speed));
}

/** Waits, in milliseconds of the machine. */
wait.real = (milliseconds) => new Promise((resolve) => real.setTimeout(resolve, milliseconds));
