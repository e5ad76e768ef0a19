// @ts-check
/**
 * Builds DOM without a template language: text is always a text node, so that a filename can never become markup, and
 * nothing here needs what the content security policy forbids.
 */

/** @typedef {Node|string|number|null|undefined|false|Child[]} Child */

/** @typedef {Record<string, unknown>|null} Attributes */
/**
 * @typedef {{
 *   <K extends keyof HTMLElementTagNameMap>(tag: K, attributes?: Attributes, ...children: Child[]): HTMLElementTagNameMap[K],
 *   (tag: string, attributes?: Attributes, ...children: Child[]): any
 * }} CreateElement
 */

/**
 * An element. Functions named `on…` are listeners, objects become properties, true and false switch an attribute.
 * @type {CreateElement}
 */
export const h = (
  /** @type {string} */ tag,
  /** @type {Attributes} */ attributes = null,
  /** @type {Child[]} */ ...children
) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  append(element, children);
  return element;
};

/** An SVG element. @param {string} tag @param {Record<string, string|number>} [attributes] @param {...Child} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  append(element, children);
  return element;
}

/** Replaces what is in a node. @param {Element} node @param {...Child} children */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

/**
 * Replaces what is in a node because it changed elsewhere; the focus stays on the control of the same name and place.
 * @param {Element} node @param {...Child} children
 */
export function refill(node, ...children) {
  const focused = document.activeElement;
  const named = () => [...node.querySelectorAll("a, button, input, select")].filter((one) => nameOf(one) === name);
  const name = focused && node.contains(focused) ? nameOf(focused) : null;
  const place = name === null ? -1 : named().indexOf(/** @type {Element} */ (focused));
  fill(node, ...children);
  if (place >= 0) /** @type {HTMLElement|undefined} */ (named()[place])?.focus();
}

/** @param {Element} control */
const nameOf = (control) => control.getAttribute("aria-label") ?? control.textContent;

/** @param {Node} node @param {Child} child */
function append(node, child) {
  if (Array.isArray(child)) for (const one of child) append(node, one);
  else if (child instanceof Node) node.appendChild(child);
  else if (child !== null && child !== undefined && child !== false)
    node.appendChild(document.createTextNode(String(child)));
}

/** @param {any} element @param {string} name @param {unknown} value */
function set(element, name, value) {
  if (typeof value === "function" && name.startsWith("on"))
    element.addEventListener(name.slice(2).toLowerCase(), value);
  else if (typeof value === "object" && value !== null) element[name] = value;
  else if (typeof value === "boolean") element.toggleAttribute(name, value);
  else if (value !== null && value !== undefined) element.setAttribute(name, String(value));
}

/**
 * Makes a node's children these, in this order. What is in place already is not touched: it keeps focus and state.
 * @param {Element} parent
 * @param {readonly Element[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const child of children) {
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

/**
 * The nodes of some keys, in their order: those that are there already, and new ones. Others are forgotten.
 * @template T
 * @param {Map<string, T>} nodes what is there by key; kept up to date
 * @param {readonly string[]} keys
 * @param {(key: string) => T} create
 * @returns {T[]}
 */
export function nodesOf(nodes, keys, create) {
  const wanted = new Set(keys);
  for (const key of nodes.keys()) if (!wanted.has(key)) nodes.delete(key);
  return keys.map((key) => {
    const node = nodes.get(key) ?? create(key);
    nodes.set(key, node);
    return node;
  });
}

/**
 * Both: a node's children are those of the keys.
 * @template {Element} T
 * @param {Element} parent @param {Map<string, T>} nodes @param {readonly string[]} keys @param {(key: string) => T} create
 */
export function reconcile(parent, nodes, keys, create) {
  arrange(parent, nodesOf(nodes, keys, create));
}
