// The site's one service worker. It adds to this site's own responses, on hosts that do not send
// them, the headers of cross-origin isolation and those that keep the site to itself: a worker is bound
// by the policy of its own script's response, so they come with every file, and the server sends the
// same ones (persona_server/security_headers.py). And it keeps what a start needs, for visits without
// network (sw/keeping.js). It leaves other origins alone. One of another build takes over at once: what is
// kept belongs to the page's build and not to the worker's.

importScripts("sw/keeping.js");

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "autoplay=(self), camera=(self), clipboard-write=(self), cross-origin-isolated=(self), microphone=(self), picture-in-picture=(self), screen-wake-lock=(self), accelerometer=(), browsing-topics=(), clipboard-read=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), storage-access=(), sync-xhr=(), usb=(), xr-spatial-tracking=()",
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

const CONFIG = "config.json";

let policy; // a promise of the policy's text

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) return;
  // Such a request is only legal in same-origin mode; developer tools send others.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  event.respondWith(request.mode === "navigate" ? openPage(event) : answer(event));
});

addEventListener("message", (event) => {
  const { kind, isNew, used, withSmall } = event.data ?? {};
  const doing =
    kind === "begin" ? begin(Boolean(isNew)) : keepAll([].concat(used).map(pageOf), Boolean(withSmall));
  const telling = doing.catch(() => undefined).then((told) => event.ports[0]?.postMessage(told ?? ""));
  event.waitUntil(telling);
});

/** A page comes from the network, unless that takes long and the page is kept. */
async function openPage(event) {
  const { request } = event;
  policy = undefined; // the operator may have changed the configuration since the page before
  const before = await current();
  const address = pageOf(request.url);
  const isKept = hashOf(before, address) !== undefined;
  // Not from the browser's cache: the page of before would meet the listing of now, or, without network,
  // none, and start as if nothing was kept.
  const coming = fromNetwork(request, { cache: "no-cache" });
  const listing = fetchListing();
  listing.catch(() => {});
  const answer = await (isKept ? soon(coming) : coming.catch(() => undefined));
  if (!answer || (isKept && answer.status >= 500)) {
    const site = (await recall("whole")) ?? before;
    const page = await kept(site, address);
    if (!page) return coming;
    keeping = site.name;
    if (site.name !== before.name) inForce = remember("current", site).then(() => site, () => site);
    return page;
  }
  // Without its listing, a page that has come is not given files of before.
  const adopting = listing.then(async (it) => adopt(it, await policyNow()));
  inForce = soon(adopting);
  const copy = answer.clone();
  event.waitUntil(
    inForce.then((site) => hashOf(site, address) !== undefined && keep(site, address, copy)),
  );
  return answer;
}

async function answer(event) {
  const { request } = event;
  const address = addressOf(request.url);
  const plain = request.method === "GET" && !request.headers.has("Range") && request.cache !== "no-store";
  const isListed = !new URL(request.url).search;
  const site = plain && isListed ? await current() : undefined;
  if (site && address === CONFIG) return freshConfig(event, site);
  if (hashOf(site, address) === undefined) {
    // A page that was opened before the site was renewed may still load a part of itself.
    const old = plain && address.startsWith("code/") && (await caches.match(request.url).catch(() => undefined));
    return old || fromNetwork(request);
  }
  // A start with nothing kept yet is not held up by keeping: that is done when the page is ready.
  const keeps = await isKeeping(site);
  const found = keeps && request.cache !== "reload" ? await kept(site, address) : undefined;
  if (found) return found;
  const response = await fromNetwork(request).catch(async (error) => {
    const last = await kept(site, address); // a part of the site may be there all the same
    if (last) return last;
    throw error;
  });
  if (keeps) event.waitUntil(keep(site, address, response.clone()));
  return response;
}

async function freshConfig(event, site) {
  const coming = fromNetwork(event.request);
  const response = await soon(coming);
  if (response?.ok) {
    event.waitUntil(keep(site, CONFIG, response.clone()));
    return response;
  }
  return (await kept(site, CONFIG)) ?? coming;
}

const policyNow = () => (policy ??= readPolicy());

/** An answer of the host with all headers that belong to it. */
async function fromNetwork(request, options) {
  const reading = policyNow();
  const response = await fetch(request, options);
  return isComplete(response) ? response : withHeaders(response, await reading);
}

/** The policy that belongs to config.json: its servers, and no other host. */
async function readPolicy() {
  const origins = await serverOrigins().catch(() => {
    policy = undefined; // asked for again with the next file
    return [];
  });
  const reaching = (directive) => directive.startsWith("connect-src ");
  return POLICY.map((each) => (reaching(each) ? [each, ...origins].join(" ") : each)).join("; ");
}

/** The origins of the signaling and the render server, where they are elsewhere. */
async function serverOrigins() {
  const { signaling, render } = await (await readConfig()).json();
  return [...new Set([signaling, render?.url].map(originOf).filter(Boolean))];
}

/** The origin of a server elsewhere, "" for one beside the site. */
function originOf(named) {
  let address;
  try {
    address = new URL(named);
  } catch {
    return "";
  }
  const scheme = WEBSOCKET[address.protocol];
  // Nothing that could end the directive: hosts may hold more characters than one would think.
  return scheme && HOST.test(address.host) ? `${scheme}://${address.host}` : "";
}

async function readConfig() {
  const answer = await soon(fetch(urlOf(CONFIG), { cache: "no-cache" }));
  if (answer?.ok) return answer;
  const before = await kept(await recall("current"), CONFIG);
  if (!before) throw new Error(`no ${CONFIG}`);
  return before;
}

/** Whether the host sends these headers itself. */
const isComplete = ({ headers }) =>
  headers.has(POLICY_NAME) && headers.has("Cross-Origin-Embedder-Policy");

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
