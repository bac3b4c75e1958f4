/** Virtual time moves in steps of this many milliseconds. */
const TICK = 100;
/** How long a request waits, and how often a user makes one, in milliseconds. */
const [PATIENCE, ASKS] = [10_000, 120_000];

/**
 * A fleet in virtual time. Each client has a session of its own, and does what its page would: refreshes at the moment that
 * was drawn, and after a failure when its breaker allows it.
 */
export function createFleet({ afterFailure, holdOf, tokenLife, drawOf, delayOf }, options) {
  const { clients, lifetime, hour, capacity } = options;
  const ticks = Math.ceil(hour / TICK);
  /** The clients that have something to do in a tick, as lists in one array. */
  const heads = new Int32Array(ticks + 1).fill(-1);
  const next = new Int32Array(clients).fill(-1);
  const dueAt = new Float64Array(clients).fill(-1);
  const issuedAt = new Float64Array(clients);
  const generation = new Uint16Array(clients).fill(1);
  const breakers = new Array(clients);
  const perSecond = new Uint32Array(Math.ceil(hour / 1000) + 1);
  const live = { dead: 0, worst: 0 };
  let outage = { from: Number.POSITIVE_INFINITY, to: 0, retryAfter: undefined };
  let offline = { from: Number.POSITIVE_INFINITY, to: 0 };
  const random = createRandom(42);

  /** A client can be in one list only; a later plan replaces an earlier one, which is skipped when its tick comes. */
  function plan(client, at) {
    const tick = Math.min(Math.max(Math.ceil(at / TICK), 0), ticks);
    if (dueAt[client] >= 0) throw new Error('A client is planned twice.');
    dueAt[client] = at;
    next[client] = heads[tick];
    heads[tick] = client;
  }

  function lifeOf(client) {
    const record = { sessionId: `client-${client}`, generation: generation[client] };
    return tokenLife(lifetime, undefined, drawOf(record));
  }

  /** When a page of this client would refresh next, from now. */
  function renewalOf(client, now, news, pause = 0) {
    return now + delayOf(news, lifeOf(client).refreshAfter - (now - issuedAt[client]), pause, lifetime, random());
  }

  function refresh(client, now, room) {
    if (holdOf(breakers[client], now) > 0) return { at: breakers[client].retryAt, isSent: false };
    if (now >= offline.from && now < offline.to) return { at: offline.to, isSent: false, isOffline: true };
    const isDown = now >= outage.from && now < outage.to;
    if (!isDown && room > 0) {
      issuedAt[client] = now;
      generation[client] += 1;
      breakers[client] = undefined;
      return { at: renewalOf(client, now, 'state'), isSent: true, isServed: true };
    }
    const { retryAfter } = outage;
    const breaker = afterFailure(breakers[client], { now, lifetime, retryAfter, draw: random() });
    breakers[client] = breaker;
    const renewal = renewalOf(client, now, 'failure', breaker.retryAt - now);
    if (now - issuedAt[client] < lifetime) return { at: renewal, isSent: true };
    // A dead token: a request waits through a short hold, and after a long one the user's next request is the next try.
    const asked =
      breaker.retryAt - now <= PATIENCE ? breaker.retryAt : Math.max(breaker.retryAt, now + exponential(ASKS));
    return { at: Math.min(renewal, asked), isSent: true };
  }

  function exponential(mean) {
    return -Math.log(1 - random()) * mean;
  }

  function play() {
    const result = { peak: 0, sent: 0, refused: 0, worst: 0, signedOut: 0 };
    let servedInSecond = 0;
    for (let tick = 0; tick < ticks; tick += 1) {
      const now = tick * TICK;
      if (now % 1000 === 0) servedInSecond = 0;
      let client = heads[tick];
      heads[tick] = -1;
      while (client !== -1) {
        const following = next[client];
        dueAt[client] = -1;
        const { at, isSent, isServed, isOffline } = refresh(client, now, capacity - servedInSecond);
        if (isSent) {
          result.sent += 1;
          perSecond[Math.floor(now / 1000)] += 1;
          if (isServed) servedInSecond += 1;
          else result.refused += 1;
        }
        // Whoever was offline hears of the network together with everybody else.
        plan(client, Math.max(isOffline ? at + delayOf('online', 0, 0, lifetime, random()) : at, now + TICK));
        client = following;
      }
      if (now % 10_000 === 0) {
        live.dead = 0;
        for (let each = 0; each < clients; each += 1) if (now - issuedAt[each] >= lifetime) live.dead += 1;
        live.worst = Math.max(live.worst, live.dead);
      }
    }
    // Nothing but a rejection ends a session, and this endpoint rejects nobody: a client that is not planned has been lost.
    for (let client = 0; client < clients; client += 1) if (dueAt[client] < 0) result.signedOut += 1;
    result.worst = live.worst;
    result.peak = perSecond.reduce((most, count) => Math.max(most, count), 0);
    return result;
  }

  return {
    play,
    /** Everybody signs in, in any order, within so many milliseconds; sign-ins are no refreshes. */
    signInWithin(time) {
      for (let client = 0; client < clients; client += 1) {
        issuedAt[client] = random() * time;
        plan(client, renewalOf(client, issuedAt[client], 'state'));
      }
    },
    /** A fleet that has been there for long. */
    spreadEvenly() {
      for (let client = 0; client < clients; client += 1) {
        issuedAt[client] = -random() * lifeOf(client).refreshAfter;
        plan(client, renewalOf(client, 0, 'state'));
      }
    },
    /** The endpoint answers 503. */
    failBetween(from, to, retryAfter) {
      outage = { from, to, retryAfter };
    },
    offlineBetween(from, to) {
      offline = { from, to };
    },
    /** Each client finds out with its next request, which comes after a time that is drawn with this mean. */
    revokeAt(time, mean) {
      replan(time, (client) => {
        const found = time + exponential(mean);
        return Math.min(found, dueAt[client]);
      });
    },
    /** Pages are loaded again: those whose token is stored draw the same moment again, and are looked at. */
    reloadWithin(time, span) {
      replan(time, (client) => {
        const at = time + random() * span;
        return Math.max(at + delayOf('awake', 0, 0, lifetime, random()), dueAt[client]);
      });
    },
  };

  /** Changes what is planned after a moment: played up to it first would be the same, since clients do not meet. */
  function replan(time, planOf) {
    const planned = [];
    for (let client = 0; client < clients; client += 1) {
      // What falls due before happens as it would have.
      while (dueAt[client] < time) {
        const at = dueAt[client];
        issuedAt[client] = at;
        generation[client] += 1;
        dueAt[client] = renewalOf(client, at, 'state');
        perSecond[Math.floor(at / 1000)] += 1;
      }
      planned.push(planOf(client));
    }
    heads.fill(-1);
    dueAt.fill(-1);
    for (const [client, at] of planned.entries()) plan(client, at);
  }
}

/** Mulberry32: the same fleet in each run. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
