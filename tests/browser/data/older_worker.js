// Adds to this site's own responses, on hosts that do not send them, the headers of cross-origin
// isolation and those that keep the site to itself. A worker is bound by the policy of its own
// script's response, so they come with every file. It stores nothing and leaves other origins
// alone. The server sends the same ones (persona_server/security_headers.py).

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "autoplay=(self), camera=(self), clipboard-write=(self), cross-origin-isolated=(self), microphone=(self), accelerometer=(), browsing-topics=(), clipboard-read=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), sync-xhr=(), usb=(), xr-spatial-tracking=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};
const POLICY_NAME = "Content-Security-Policy";
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
const WEBSOCKET = { "ws:": "ws", "wss:": "wss", "http:": "ws", "https:": "wss" };
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d+)?$/;
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

let policy; // a promise of the policy's text

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) return;
  // Such a request is only legal in same-origin mode; developer tools send others.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  event.respondWith(answer(request));
});

async function answer(request) {
  // The operator may have changed the configuration since the page before.
  if (request.mode === "navigate" || !policy) policy = readPolicy();
  const [response, text] = await Promise.all([fetch(request), policy]);
  return withHeaders(response, text);
}

/** The policy that belongs to config.json: its signaling server, and no other host. */
async function readPolicy() {
  const origin = await signalingOrigin().catch(() => {
    policy = undefined; // asked for again with the next file
    return "";
  });
  const reaching = (directive) => directive.startsWith("connect-src ") && origin;
  return POLICY.map((each) => (reaching(each) ? `${each} ${origin}` : each)).join("; ");
}

/** The origin of a signaling server elsewhere, "" where there is none. */
async function signalingOrigin() {
  const answer = await fetch(new URL("config.json", registration.scope), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const { signaling } = await answer.json();
  let address;
  try {
    address = new URL(signaling);
  } catch {
    return ""; // beside the site
  }
  const scheme = WEBSOCKET[address.protocol];
  // Nothing that could end the directive: hosts may hold more characters than one would think.
  return scheme && HOST.test(address.host) ? `${scheme}://${address.host}` : "";
}

function withHeaders(response, text) {
  // Redirects that the browser follows itself, opaque answers and network errors (status 0)
  // cannot be rebuilt, and a followed redirect would lose its new address: they pass as they are.
  if (response.status === 0 || response.redirected) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  headers.append(POLICY_NAME, text); // beside the host's own: what both allow is allowed
  const body = WITHOUT_BODY.has(response.status) ? null : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}
