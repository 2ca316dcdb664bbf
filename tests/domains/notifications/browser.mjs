// What only a browser has, for the page of the client's README, which stands above this: it keeps one
// subscription, bound to the key it was made with, and makes the next one under another endpoint.
const [api, token, heldKey, held, next] = process.argv.slice(2);
const bytes = (key) => Uint8Array.from(Buffer.from(key, "base64url"));

function subscription(key, json) {
  return {
    options: { applicationServerKey: key.buffer },
    toJSON: () => JSON.parse(json),
    unsubscribe: async () => {
      kept = null;
      return true;
    },
  };
}

let kept = heldKey ? subscription(bytes(heldKey), held) : null;
const pushManager = {
  getSubscription: async () => kept,
  subscribe: async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || kept) throw new Error("InvalidStateError");
    kept = subscription(applicationServerKey, next);
    return kept;
  },
};
const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
await bePushedTo({ pushManager }, api, headers);
