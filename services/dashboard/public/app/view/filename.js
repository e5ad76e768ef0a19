// @ts-check
/** Filenames have no spaces to end a line at: it may end after what people put in their place. */
import { h } from "./dom.js";

/** @param {string} name */
export const breakable = (name) => name.split(/(?<=_)/).flatMap((part, index) => (index ? [h("wbr"), part] : [part]));
