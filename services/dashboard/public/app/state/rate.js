// @ts-check
/** How fast bytes go and how long the rest will take, smoothed so that people can read it. Pure; the clock is given. */

/** Samples older than this no longer tell the present speed. */
const WINDOW_MS = 6_000;
/** Before this much time has passed, a guess would jump about. */
const WARM_UP_MS = 800;

/** @typedef {{samples: ReadonlyArray<readonly [number, number]>}} Rate time in ms, bytes sent so far */

/** @param {number} now @param {number} [sentBytes] before the rate is counted @returns {Rate} */
export const startRate = (now, sentBytes = 0) => ({ samples: [[now, sentBytes]] });

/** @param {Rate} rate @param {number} now @param {number} sentBytes @returns {Rate} */
export function sampled(rate, now, sentBytes) {
  const recent = rate.samples.filter(([at]) => now - at <= WINDOW_MS);
  const kept = recent.length ? recent : rate.samples.slice(-1);
  return { samples: [...kept, [now, sentBytes]] };
}

/** Bytes per second, or null while it is too early to tell. @param {Rate} rate */
export function speed(rate) {
  const [firstAt, firstBytes] = rate.samples[0];
  const [lastAt, lastBytes] = rate.samples[rate.samples.length - 1];
  const elapsed = lastAt - firstAt;
  return elapsed < WARM_UP_MS ? null : ((lastBytes - firstBytes) / elapsed) * 1000;
}

/** Seconds until all is sent, or null. @param {Rate} rate @param {number} sizeBytes */
export function secondsLeft(rate, sizeBytes) {
  const bytesPerSecond = speed(rate);
  const [, sentBytes] = rate.samples[rate.samples.length - 1];
  return bytesPerSecond ? (sizeBytes - sentBytes) / bytesPerSecond : null;
}
