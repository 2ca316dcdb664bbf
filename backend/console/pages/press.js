// @ts-check
/** A press, from its beginning to its end: meanwhile nothing moves away from under the finger.
 *
 * What is pressed and what is let go of must be the same, or it was no press. So whatever would move the page waits. */

/** How long after a finger is lifted its click may come. */
const CLICK_WITHIN_MS = 50;

/** @type {Node | null} What is pressed now. */ let pressed = null;
/** @type {number | undefined} */ let lifting;
/** @type {(() => void)[]} */ let waiting = [];

/** Do something at once, or, where something is pressed in this place, as soon as that has ended.
 * @param {Element} place @param {() => void} act */
export function afterPress(place, act) {
  if (place.contains(pressed)) waiting.push(act);
  else act();
}

/** @param {PointerEvent} event */
function press({ target }) {
  clearTimeout(lifting);
  pressed = target instanceof Node ? target : null;
}

function lift() {
  clearTimeout(lifting);
  lifting = setTimeout(() => {
    pressed = null;
    const all = waiting;
    waiting = [];
    for (const act of all) act();
  }, CLICK_WITHIN_MS);
}

/** Know of what is pressed on this page from now on. */
export function followPresses() {
  addEventListener("pointerdown", press, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, lift, true);
  addEventListener("blur", lift); // Of the window; then nobody is told where the finger is lifted.
}
