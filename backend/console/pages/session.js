// @ts-check
/** A session: signs in, keeps the tokens in this tab, and has a fresh one when a socket opens. */

import { Refused } from "./tandem.js";

/** @typedef {{access_token: string, refresh_token: string, endsAt: number, user: {id: string, profile: {name: string}}}} Kept */

/** A token that ends sooner than this is exchanged first. */
const SPARE_MS = 30_000;

/** Ask the server over HTTP. Rejects with Refused when it says no, with a plain Error when it is away.
 * @param {string} path @param {{method?: string, body?: any, token?: string}} [how] @returns {Promise<any>} */
export async function request(path, { method = "GET", body, token } = {}) {
  /** @type {Record<string, string>} */
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("The server cannot be reached. It may be starting; try again.");
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refused({
    code: answer.code ?? `http_${response.status}`,
    message: answer.detail || answer.title || `The server answered ${response.status}.`,
    facts: answer.facts ?? {},
    temporary: Boolean(answer.temporary) || response.status >= 500,
  });
}

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
    this.#keep(await request("/v1/auth/sign-in", { method: "POST", body: { email, password, device_name: deviceName } }));
  }

  /** End the session here and on the server; here also when the server is away. */
  async signOut() {
    const refreshToken = this.#kept?.refresh_token;
    this.#keep(null);
    await request("/v1/auth/sign-out", { method: "POST", body: { refresh_token: refreshToken } }).catch(() => {});
  }

  /** An access token that is good for a while. @returns {Promise<string>} */
  async token() {
    if (!this.#kept) throw new Refused({ code: "unauthenticated", message: "Signed out." });
    if (Date.now() > this.#kept.endsAt - SPARE_MS) {
      this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
      await this.#refreshing;
    }
    return this.#kept.access_token;
  }

  /** Ask for a resource of one's own. @param {string} path */
  async get(path) {
    return request(path, { token: await this.token() });
  }

  async #refresh() {
    const shown = this.#kept?.refresh_token;
    try {
      this.#keep(await request("/v1/auth/refresh", { method: "POST", body: { refresh_token: shown } }));
    } catch (problem) {
      if (problem instanceof Refused && !problem.temporary) this.#keep(null);
      throw problem;
    }
  }

  /** @param {any} signedIn */
  #keep(signedIn) {
    this.#kept = signedIn && { ...signedIn, endsAt: Date.now() + signedIn.expires_in * 1000 };
    if (this.#kept) sessionStorage.setItem(this.#key, JSON.stringify(this.#kept));
    else sessionStorage.removeItem(this.#key);
  }
}
