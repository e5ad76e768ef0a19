// @ts-check
/**
 * Server-sent events, read with fetch: EventSource can neither be told where to begin nor tell why it was refused.
 */
import { errorOf } from "./client.js";

/** @typedef {{type: string, id: string, data: string}} Message */

/**
 * Opens a stream.
 * @param {string} path
 * @param {string|null} lastId the last message that was seen; the stream goes on after it
 * @param {AbortSignal} signal ends it
 * @param {typeof fetch} [fetcher]
 * @returns {Promise<AsyncIterable<Message>>} once the server has answered
 * @throws {import("./client.js").ApiError} it was refused, or the server cannot be reached
 */
export async function openStream(path, lastId, signal, fetcher = (...request) => globalThis.fetch(...request)) {
  /** @type {Record<string, string>} */ const headers = { Accept: "text/event-stream" };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  const response = await fetcher(path, { signal, headers, cache: "no-store" }).catch(() => null);
  if (!response) throw errorOf(0, "");
  if (!response.ok || !response.body)
    throw errorOf(response.status, await response.text(), response.headers.get("Retry-After"));
  return messagesOf(response.body);
}

/** @param {NonNullable<Response["body"]>} body @returns {AsyncGenerator<Message>} without comments */
async function* messagesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const message = messageOf(block);
      if (message.data) yield message;
    }
  }
}

/** @param {string} block the lines of one message @returns {Message} */
function messageOf(block) {
  const values = (/** @type {string} */ name) =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
  return { type: values("event").join(), id: values("id").join(), data: values("data").join("\n") };
}
