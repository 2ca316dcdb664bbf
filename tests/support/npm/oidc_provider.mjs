// OpenID providers for tests: the real thing, whose keys turn and whose answers go wrong when told.
//
// The first line of standard input says which issuers there are; the first line of standard output
// says where they listen. Under /control a test gives its orders. The process ends with its input.

import { Console } from "node:console";
import * as crypto from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { Provider } from "oidc-provider";

const RSA_BITS = 2048;
const APPLE_SECRET_LIFE_S_MAX = 15_777_000;

// Standard output is for one line only.
globalThis.console = new Console(process.stderr);

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decoded = (part) => JSON.parse(Buffer.from(part, "base64url"));

const issuers = new Map();
const troubles = new Map();
let requests = [];

class Issuer {
  constructor(url, { accounts, clients, authMethods, appleKey }) {
    this.url = url;
    this.appleKey = appleKey;
    this.configuration = {
      clients,
      clientAuthMethods: authMethods,
      cookies: { keys: [crypto.randomUUID()] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      conformIdTokenClaims: false, // Google and Apple say all of it in the ID token.
      findAccount: (_, id) =>
        accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
      pkce: { required: () => true },
    };
    this.rotate();
  }

  /** Sign with new keys, and publish no others. */
  rotate() {
    this.rsa = crypto.generateKeyPairSync("rsa", { modulusLength: RSA_BITS });
    this.ec = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.kid = crypto.randomUUID();
    const keys = [
      { ...this.rsa.privateKey.export({ format: "jwk" }), kid: this.kid, use: "sig" },
      { ...this.ec.privateKey.export({ format: "jwk" }), kid: crypto.randomUUID(), use: "sig" },
    ];
    const provider = new Provider(this.url, { ...this.configuration, jwks: { keys } });
    if (this.appleKey) {
      const issuer = this;
      provider.Client.prototype.compareClientSecret = function compare(secret) {
        return issuer.isSignedByTeam(secret, this.clientId);
      };
    }
    this.answer = provider.callback();
  }

  /** Look at a client secret as Apple does. */
  isSignedByTeam(secret, clientId) {
    const [header, claims, signature] = secret.split(".");
    const { alg, kid } = decoded(header);
    const { iss, sub, aud, iat, exp } = decoded(claims);
    const now = Date.now() / 1000;
    const { teamId, keyId, publicKey } = this.appleKey;
    return (
      alg === "ES256" && kid === keyId && iss === teamId && sub === clientId && aud === this.url &&
      exp > now && exp - iat <= APPLE_SECRET_LIFE_S_MAX &&
      crypto.verify(
        "sha256",
        Buffer.from(`${header}.${claims}`),
        { key: publicKey, dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      )
    );
  }

  /** Sign whatever a test wants said, by whom it wants it said. */
  sign({ by, header, claims }) {
    const alg = { nobody: "none", "public key as secret": "HS256" }[by] ?? "RS256";
    const said = `${encoded({ alg, kid: this.kid, typ: "JWT", ...header })}.${encoded(claims)}`;
    return `${said}.${this.signature(by, said).toString("base64url")}`;
  }

  signature(by, said) {
    switch (by) {
      case "provider":
        return crypto.sign("sha256", Buffer.from(said), this.rsa.privateKey);
      case "stranger": {
        const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: RSA_BITS });
        return crypto.sign("sha256", Buffer.from(said), privateKey);
      }
      case "public key as secret": {
        const secret = this.rsa.publicKey.export({ format: "pem", type: "spki" });
        return crypto.createHmac("sha256", secret).update(said).digest();
      }
      case "nobody":
        return Buffer.alloc(0);
      default:
        throw new Error(`nobody is called ${by}`);
    }
  }
}

/** Find the issuer a path belongs to: the one at the longest beginning of it. */
function issuerOf(path) {
  const places = [...issuers.keys()].filter((at) => path.startsWith(`${at}/`));
  return places.sort((one, other) => other.length - one.length)[0];
}

const orders = {
  "/control/requests": () => requests,
  "/control/reset": () => {
    requests = [];
    troubles.clear();
  },
  "/control/rotate": ({ at }) => issuers.get(at).rotate(),
  "/control/sign": ({ at, ...order }) => issuers.get(at).sign(order),
  "/control/trouble": ({ path, ...trouble }) => {
    troubles.set(path, trouble);
  },
};

function* withoutEnd() {
  for (;;) yield " ".repeat(65_536);
}

function give(trouble, response) {
  if (trouble.is_silent) return;
  response.writeHead(trouble.status, trouble.headers);
  if (trouble.is_endless) Readable.from(withoutEnd()).on("error", () => {}).pipe(response);
  else response.end(trouble.body);
}

async function serve(request, response) {
  const path = request.url.split("?")[0];
  if (path in orders) {
    const told = orders[path](await json(request));
    response.end(JSON.stringify(told ?? null));
    return;
  }
  requests.push({ path, scheme: (request.headers.authorization ?? "").split(" ")[0] });
  const at = issuerOf(path);
  if (troubles.has(path)) {
    give(troubles.get(path), response);
  } else {
    // The path as the provider knows it, and as the browser does.
    request.originalUrl = request.url;
    request.url = request.url.slice(at.length);
    issuers.get(at).answer(request, response);
  }
}

const server = createServer(serve);
const input = createInterface({ input: process.stdin });
input.on("close", () => process.exit());
input.once("line", (line) => {
  server.listen(0, "127.0.0.1", () => {
    const url = `http://127.0.0.1:${server.address().port}`;
    for (const [at, configuration] of Object.entries(JSON.parse(line))) {
      issuers.set(at, new Issuer(url + at, configuration));
    }
    process.stdout.write(`${url}\n`);
  });
});
