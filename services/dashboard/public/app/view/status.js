// @ts-check
/** A medium's state in words: the chip, and the sentence that says what to do. */
import { hasText, t } from "../text/index.js";
import { h } from "./dom.js";
import { formatRemaining } from "./format.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../api/shapes.js").HistoryEntry} HistoryEntry */

/** @param {Medium["status"]} status */
export function statusChip(status) {
  return h(
    "span",
    { class: `chip ${status}` },
    h("span", { class: "chip-dot", "aria-hidden": "true" }),
    t(`status.${status}`),
  );
}

/** What is going on, beyond the state's name; empty where the name says it all. @param {Medium} medium */
export function statusSentence(medium) {
  if (medium.status === "failed") return failureSentence(medium.reason, medium.message);
  if (medium.status === "processing") return progressSentence(medium);
  if (medium.status !== "pending") return "";
  const position = medium.queuePosition ? t("queue.position", { n: medium.queuePosition }) : "";
  // A medium that waits is not "almost done", however short the queue.
  const eta = medium.etaSeconds === null ? "" : formatRemaining(Math.max(1, medium.etaSeconds));
  return [position, eta].filter(Boolean).join(" · ");
}

/** How far a slow conversion is; empty of one that says nothing: a quick one is done before. @param {Medium} medium */
function progressSentence({ pagesDone, pagesExpected, etaSeconds }) {
  if (!pagesExpected) return "";
  const pages = t("queue.pages", { n: pagesDone ?? 0, of: pagesExpected });
  return etaSeconds === null ? pages : `${pages} · ${formatRemaining(etaSeconds)}`;
}

/** What an entry of the history says beyond its name: why it failed, why it was asked for, or by whom it was done. @param {HistoryEntry} entry */
export function historySentence({ type, reason, message, worker }) {
  if (type === "conversion.failed") return failureSentence(reason, message);
  const key = `request.${reason}`;
  if (type === "conversion.requested" && hasText(key)) return t(key);
  return worker ? t("event.by", { worker }) : "";
}

/** @param {string|null} reason @param {string|null} message */
export function failureSentence(reason, message) {
  const key = `reason.${reason}`;
  return hasText(key) ? t(key) : (message ?? t("reason.internal"));
}
