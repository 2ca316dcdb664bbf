// @ts-check
/** Asking the server over HTTP. */

import { Refused } from "./tandem.js";

/** Ask for something. Rejects with Refused when the server says no, with a plain Error when it is away.
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
