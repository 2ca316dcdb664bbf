// @ts-check
/** The time of the demo, which people can move: what the server's clock shows, as well as it is known. */

import { request } from "./asking.js";

const LOOK_EVERY_MS = 2_000;

class DemoTime extends EventTarget {
  /** How far it is ahead of this machine's. */ aheadMs = 0;

  now() { return Date.now() + this.aheadMs; }

  /** Know how far it is ahead, and let everybody know where it was moved. @param {{ahead_s: number}} told */
  take({ ahead_s }) {
    if (ahead_s * 1000 <= this.aheadMs) return; // It never goes back; this was told late.
    this.aheadMs = ahead_s * 1000;
    this.dispatchEvent(new Event("moved"));
  }

  /** Move it for everybody. Rejects as `request` does. @param {number} forwardS */
  async forward(forwardS) {
    this.take(await request("/v1/demo/clock", { method: "POST", body: { forward_s: forwardS } }));
  }

  /** Hear of it when another page moves it. */
  follow() {
    setInterval(() => {
      if (!document.hidden) request("/v1/demo/clock").then((told) => this.take(told), () => {});
    }, LOOK_EVERY_MS);
  }
}

export const demoTime = new DemoTime();
