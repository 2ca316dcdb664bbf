// @ts-check
/** The clock of the demo: what time it is there, and buttons that move it. */

import { el, play, say } from "./element.js";
import { button } from "./folding.js";
import { dayAndHour } from "./moments.js";
import { demoTime } from "./time.js";
import { duration } from "./measured.js";

const HOUR_S = 3_600;
const DRAWN_EVERY_MS = 1_000;

/** @param {string} [zone] By whose clock it is shown. */
export function clockCard(zone) {
  const [time, ahead] = [el("strong", { role: "timer" }), el("p", { class: "soft" })];
  const problem = el("p", { class: "problem", role: "alert", hidden: true });

  /** @param {any} pressed @param {number} seconds */
  async function move(pressed, seconds) {
    pressed.disabled = true;
    problem.hidden = true;
    try {
      await demoTime.forward(seconds);
    } catch (/** @type {any} */ why) {
      say(problem, why.message);
      problem.hidden = false;
    }
    pressed.disabled = false;
    pressed.focus();
  }

  function draw() {
    say(time, dayAndHour(demoTime.now(), zone));
    say(ahead, demoTime.aheadMs ? `${duration(demoTime.aheadMs)} ahead of your own clock` : "What your own clock shows, too");
  }

  const hour = button("+1 hour", () => move(hour, HOUR_S));
  const day = button("+1 day", () => move(day, 24 * HOUR_S));
  demoTime.addEventListener("moved", () => {
    draw();
    play(time, "moved");
  });
  setInterval(draw, DRAWN_EVERY_MS);
  draw();
  return el("section", { class: "card clock", "aria-label": "The demo’s clock" },
    el("h2", {}, "Now, in the demo"), time, ahead, el("div", { class: "actions" }, hour, day), problem);
}
