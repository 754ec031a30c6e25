// Adds the headers of cross-origin isolation to this site's own responses, on hosts that
// cannot send them. It stores nothing and leaves other origins alone.

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) return;
  // Such a request is only legal in same-origin mode; developer tools send others.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  event.respondWith(fetch(request).then(withHeaders));
});

function withHeaders(response) {
  // Redirects that the browser follows itself, opaque answers and network errors (status 0)
  // cannot be rebuilt, and a followed redirect would lose its new address: they pass as they are.
  if (response.status === 0 || response.redirected) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const body = WITHOUT_BODY.has(response.status) ? null : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}
