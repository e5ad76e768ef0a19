// @ts-check
/** The facts of the event stream from a past sequence on: how the operations page draws the hour before it was opened. */
import { openStream } from "./event_stream.js";

/** @typedef {{sequence: number, type: string, mediaId: string, at: Date, reason: string|null}} Fact */

/**
 * Facts after a stream sequence, without end.
 * @param {number} sequence
 * @param {AbortSignal} signal
 * @param {typeof fetch} [fetcher]
 * @returns {AsyncGenerator<Fact>}
 * @throws {import("./client.js").ApiError} the stream was refused
 */
export async function* factsAfter(sequence, signal, fetcher) {
  const messages = await openStream("/api/events", String(sequence), signal, fetcher);
  for await (const { type, data } of messages)
    if (type !== "alive" && type !== "programme") yield toFact(JSON.parse(data));
}

/** @param {any} json @returns {Fact} */
const toFact = (json) => ({
  sequence: json.sequence,
  type: json.type,
  mediaId: json.media_id,
  at: new Date(json.at),
  reason: json.reason ?? null,
});
