// @ts-check
/** Everything that happened to a medium, newest first. */
import { hasText, t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatAgo, formatDate } from "../view/format.js";
import { historySentence } from "../view/status.js";
/** @typedef {import("../api/shapes.js").HistoryEntry} HistoryEntry */

/** Entries beyond this number would only make the page long. */
const LONGEST = 50;

class MediumHistoryElement extends InfoElement {
  /** @param {Partial<import("../api/shapes.js").MediumDetail>} medium */
  show(medium) {
    if (!medium.history) return; // from a list, which does not tell it
    const entries = [...medium.history]
      .sort((a, b) => (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0))
      .slice(0, LONGEST);
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "history-title" },
        h("h2", { id: "history-title" }, t("media.history")),
        h("ol", { class: "history" }, entries.map(entryElement)),
      ),
    );
  }
}

/** @param {HistoryEntry} entry */
function entryElement(entry) {
  const key = `event.${entry.type}`;
  const note = historySentence(entry);
  return h(
    "li",
    { class: entry.type.replace(".", "-") },
    h("strong", null, hasText(key) ? t(key) : entry.type),
    entry.at && h("time", { datetime: entry.at.toISOString(), title: formatDate(entry.at) }, formatAgo(entry.at)),
    note && h("p", { class: "soft" }, note),
  );
}

customElements.define("info-medium-history", MediumHistoryElement);
