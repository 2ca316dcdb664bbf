// @ts-check
/** A session: signs in, keeps the tokens in this tab, and has a fresh one when a socket opens. */

import { request } from "./asking.js";
import { Refused } from "./tandem.js";
import { demoTime } from "./time.js";

/** @typedef {{access_token: string, refresh_token: string, endsAt: number, user: {id: string, email: string, profile: {name: string}}}} Kept */

/** A token that ends sooner than this is exchanged first. */
const SPARE_MS = 30_000;

export class Session {
  #key;
  /** @type {Kept | null} */ #kept;
  /** @type {Promise<void> | null} */ #refreshing = null;

  /** @param {string} key Under which this tab keeps it, over reloads. */
  constructor(key) {
    this.#key = key;
    this.#kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  }

  get isSignedIn() { return this.#kept !== null; }
  get user() { return this.#kept?.user ?? null; }

  /** @param {string} email @param {string} password @param {string} deviceName */
  async signIn(email, password, deviceName) {
    this.keep(await request("/v1/auth/sign-in", { method: "POST", body: { email, password, device_name: deviceName } }));
  }

  /** End the session here and on the server; here also when the server is away. */
  async signOut() {
    const refreshToken = this.#kept?.refresh_token;
    this.keep(null);
    await request("/v1/auth/sign-out", { method: "POST", body: { refresh_token: refreshToken } }).catch(() => {});
  }

  /** An access token that is good for a while. @returns {Promise<string>} */
  async token() {
    if (!this.#kept) throw new Refused({ code: "unauthenticated", message: "Signed out." });
    if (demoTime.now() > this.#kept.endsAt - SPARE_MS) await this.renew();
    return this.#kept.access_token;
  }

  /** Ask for something of one's own; a token that has just run out is exchanged.
   * @param {string} path @param {{method?: string, body?: any}} [how] */
  async ask(path, how) {
    const token = await this.token();
    try {
      return await request(path, { ...how, token });
    } catch (/** @type {any} */ why) {
      if (why.code !== "unauthenticated") throw why;
      return request(path, { ...how, token: await this.renew() });
    }
  }

  /** Exchange the tokens for fresh ones, once for all who wait for them. @returns {Promise<string>} */
  async renew() {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    await this.#refreshing;
    return this.#kept?.access_token ?? "";
  }

  async #refresh() {
    const shown = this.#kept?.refresh_token;
    try {
      this.keep(await request("/v1/auth/refresh", { method: "POST", body: { refresh_token: shown } }));
    } catch (problem) {
      if (problem instanceof Refused && !problem.temporary) this.keep(null);
      throw problem;
    }
  }

  /** Keep what one was given on signing in; null ends it here. @param {any} signedIn */
  keep(signedIn) {
    this.#kept = signedIn && { ...signedIn, endsAt: demoTime.now() + signedIn.expires_in * 1000 };
    if (this.#kept) sessionStorage.setItem(this.#key, JSON.stringify(this.#kept));
    else sessionStorage.removeItem(this.#key);
  }
}
