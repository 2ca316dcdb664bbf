// @ts-check
/** Making elements: no framework, no markup in strings, so what people write can never become markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */

/** Make an element; `on…` are listeners, `class` and `data-…` as in markup, true means present.
 * @param {string} tag @param {Object<string, any>} [properties] @param {...Child} children
 * @returns {any} */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  set(made, properties);
  fill(made, ...children);
  return made;
}

/** @param {Element} element @param {Object<string, any>} properties */
export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Put these children in the place of all others. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.filter((child) => child !== null && child !== undefined && child !== false).map(
      (child) => (child instanceof Node ? child : document.createTextNode(String(child)))),
  );
}

/** Change a text only when it is another one, so that screen readers hear of changes only.
 * @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Start an animation that belongs to a class once more. @param {Element} element @param {string} name */
export function play(element, name) {
  element.classList.remove(name);
  void (/** @type {HTMLElement} */ (element).offsetWidth); // Reading it makes the browser see the change.
  element.classList.add(name);
}

/** Let a panel lie over its siblings, which are out of reach meanwhile, or take it away.
 * @param {any} panel @param {boolean} isOpen */
export function cover(panel, isOpen) {
  panel.hidden = !isOpen;
  for (const beneath of panel.parentNode?.children ?? []) beneath.toggleAttribute("inert", isOpen && beneath !== panel);
}

const SVG = "http://www.w3.org/2000/svg";

/** Make a part of a drawing. @param {string} tag @param {Object<string, any>} [properties] @param {...Node} children */
export function svg(tag, properties = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  set(made, properties);
  made.append(...children);
  return made;
}

const DRAWINGS = {
  bell: "M6 9a6 6 0 0 1 12 0c0 6 2.4 7.4 2.4 7.4H3.6S6 15 6 9Zm4 10.6a2.2 2.2 0 0 0 4 0",
  coin: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 13.4-3.3-3.2a2.1 2.1 0 0 1 3.3-2.6 2.1 2.1 0 0 1 3.3 2.6Z",
};

/** Draw an icon; what it means stands beside it in words. @param {keyof typeof DRAWINGS} name */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 1.9,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, svg("path", { d: DRAWINGS[name] }));
}

/** The round face of somebody: their first letter. @param {string} name @param {string} [kind] @param {...Child} over */
export function face(name, kind = "", ...over) {
  return el("span", { class: `face ${kind}`, "aria-hidden": "true" }, name.slice(0, 1), ...over);
}
