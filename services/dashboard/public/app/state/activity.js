// @ts-check
/** What converters did lately, told from the facts of the stream. Pure: a fold over facts, and figures by the minute. */
/** @typedef {import("../api/facts.js").Fact} Fact */
/** @typedef {{at: Date, failed: boolean, seconds: number|null}} Conversion */
/** @typedef {{sequence: number, starts: ReadonlyMap<string, Date>, conversions: readonly Conversion[]}} Activity */
/** @typedef {{at: Date, finished: number, failed: number, p50: number|null, p95: number|null}} Minute */

const MINUTE_MS = 60_000;
export const SPAN_MS = 60 * MINUTE_MS;

/** @param {number} sequence where to begin @returns {Activity} */
export const noActivity = (sequence) => ({ sequence, starts: new Map(), conversions: [] });

/** A fact counts once, however often the stream is read. @param {Activity} activity @param {Fact} fact @returns {Activity} */
export function noted(activity, fact) {
  if (fact.sequence <= activity.sequence) return activity;
  const { sequence, type, mediaId, at } = fact;
  const starts = new Map(activity.starts);
  if (type === "conversion.started") return { ...activity, sequence, starts: starts.set(mediaId, at) };
  if (type !== "conversion.succeeded" && type !== "conversion.failed") return { ...activity, sequence };
  const start = starts.get(mediaId);
  starts.delete(mediaId);
  const seconds = start ? Math.max(0, (at.getTime() - start.getTime()) / 1000) : null;
  const recent = activity.conversions.filter((one) => at.getTime() - one.at.getTime() < SPAN_MS);
  return { sequence, starts, conversions: [...recent, { at, failed: type === "conversion.failed", seconds }] };
}

/** Only the minutes in which something was finished. @param {Activity} activity @param {Date} from @returns {Minute[]} */
export function minutes({ conversions }, from) {
  /** @type {Map<number, Conversion[]>} */ const byMinute = new Map();
  for (const conversion of conversions) {
    if (conversion.at < from) continue;
    const minute = Math.floor(conversion.at.getTime() / MINUTE_MS) * MINUTE_MS;
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), conversion]);
  }
  return [...byMinute].sort(([a], [b]) => a - b).map(([minute, group]) => figures(new Date(minute), group));
}

/** @param {Date} at @param {Conversion[]} group @returns {Minute} */
function figures(at, group) {
  const durations = group.flatMap(({ failed, seconds }) => (failed || seconds === null ? [] : [seconds]));
  const failed = group.filter((one) => one.failed).length;
  return { at, finished: group.length - failed, failed, p50: quantile(durations, 0.5), p95: quantile(durations, 0.95) };
}

/** The value that this share of the values does not exceed. @param {number[]} values @param {number} share */
export function quantile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
