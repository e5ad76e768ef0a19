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
 * Makes a node's children those of `keys`, in that order, keeping the nodes that are there already.
 * @template {Element} T
 * @param {Element} parent
 * @param {Map<string, T>} nodes what is there by key; kept up to date
 * @param {readonly string[]} keys
 * @param {(key: string) => T} create
 */
export function reconcile(parent, nodes, keys, create) {
  const wanted = new Set(keys);
  for (const [key, node] of nodes) {
    if (wanted.has(key)) continue;
    node.remove();
    nodes.delete(key);
  }
  let place = parent.firstElementChild;
  for (const key of keys) {
    let node = nodes.get(key);
    if (!node) nodes.set(key, (node = create(key)));
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}
