/** Who takes part in what: not every client can be asked everything. */
export function contestantsOf(axiosAll, fetchAll) {
  return {
    steadyAxios: without(axiosAll, ['one await', 'axios-auth-refresh, no dedupe']),
    steadyFetch: without(fetchAll, ['one await']),
    expiredAxios: axiosAll,
    expiredFetch: fetchAll,
    // Neither of these asks again after a 401, so there is no storm of refusals with them.
    refusedAxios: without(axiosAll, ['axios-jwt', 'one await']),
    refusedFetch: without(fetchAll, ['one await']),
  };
}

function without(clients, names) {
  return Object.fromEntries(Object.entries(clients).filter(([name]) => !names.includes(name)));
}
