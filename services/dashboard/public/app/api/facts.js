// @ts-check
/**
 * The event stream read from the past on. EventSource cannot be told where to begin, so that this one reads the same
 * address with fetch and `Last-Event-ID`: how the operations page draws the hour before it was opened.
 */
import { errorOf } from "./client.js";

/** @typedef {{sequence: number, type: string, mediaId: string, at: Date, reason: string|null}} Fact */

/**
 * Facts after a stream sequence, without end.
 * @param {number} sequence
 * @param {AbortSignal} signal
 * @param {typeof fetch} [fetcher]
 * @returns {AsyncGenerator<Fact>}
 */
export async function* factsAfter(sequence, signal, fetcher = (...request) => globalThis.fetch(...request)) {
  const response = await fetcher("/api/events", {
    signal,
    headers: { Accept: "text/event-stream", "Last-Event-ID": String(sequence) },
  });
  if (!response.ok || !response.body) throw errorOf(response.status, await response.text());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const messages = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const data = dataOf(message);
      if (data) yield toFact(JSON.parse(data));
    }
  }
}

/** The data of one message of `text/event-stream`; empty for comments. @param {string} message */
function dataOf(message) {
  const lines = message.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trimStart()).join("\n");
}

/** @param {any} json @returns {Fact} */
const toFact = (json) => ({
  sequence: json.sequence,
  type: json.type,
  mediaId: json.media_id,
  at: new Date(json.at),
  reason: json.reason ?? null,
});
