// What the service worker keeps of the site, so that a later visit starts without network.
//
// `offline.json` lists every file of a build with a hash of its content. Whatever listing a page was
// opened with is in force: files that it lists come from the cache named after it, all others from the
// network. So no page mixes two builds, and nothing is asked for again that cannot have changed. A
// cache is named after the security policy, too, whose header is kept with each file.
//
// A browser may forbid storage or have no room left: all that is lost then is the keeping.

const LISTING = "offline.json";
const OURS = `virtualpersona-site ${registration.scope}`; // several sites may share an origin
const FRESH_MS = 4000; // how long the network has, where something kept would do

let inForce; // a promise of {name, version, small, large}, or of undefined
let keeping = ""; // the name of the site that is kept, or is being kept

const addressOf = (url) => new URL(url).pathname.slice(new URL(registration.scope).pathname.length);
const urlOf = (address) => new URL(address, registration.scope).href;

/** The start of the SHA-256 of a listed file's content; undefined of one that is not listed. */
function hashOf(site, address) {
  for (const files of site ? [site.small, site.large] : []) {
    if (Object.hasOwn(files, address)) return files[address];
  }
  return undefined;
}

/** The listed address of the page that a navigation leads to, whatever its query says. */
function pageOf(url) {
  const address = addressOf(url);
  return /(^|\/)$/.test(address) ? `${address}index.html` : address;
}

const current = () => (inForce ??= recall("current"));

async function recall(record) {
  const kept = await caches.match(urlOf(record), { cacheName: OURS }).catch(() => undefined);
  return kept?.json().catch(() => undefined);
}

/** Whether what is asked for is to be sought among what is kept, and kept. */
async function isKeeping(site) {
  keeping ||= (await recall("whole"))?.name ?? "";
  return keeping === site.name;
}

async function remember(record, site) {
  const cache = await caches.open(OURS);
  await cache.put(urlOf(record), Response.json(site));
}

/** The listing of the site as it is now. Throws where it cannot be had or is none. */
async function fetchListing() {
  const answer = await fetch(urlOf(LISTING), { cache: "no-cache" });
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`);
  const { version, small, large } = await answer.json();
  if (!/^[0-9a-f]{16}$/.test(version)) throw new Error("no version");
  return { version, small: { ...small }, large: { ...large } };
}

/** Puts a listing in force; gives it with the name of its cache. */
async function adopt(listing, policy) {
  const text = new TextEncoder().encode(policy);
  const name = `${OURS} ${listing.version}-${(await digest(text)).slice(0, 8)}`;
  const site = { ...listing, name };
  await remember("current", site).catch(() => {});
  return site;
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function keptFile(site, address) {
  const cache = await caches.open(site.name);
  return cache.match(urlOf(address), { ignoreVary: true });
}

/** A kept file; undefined where there is none or it cannot be read. */
const kept = (site, address) => site && keptFile(site, address).catch(() => undefined);

/**
 * Keeps an answer, unless it is not what the listing says: an operator may have edited the file, or
 * be putting another build in place. Pages and the configuration are asked for each time and kept as
 * they come.
 *
 * @returns {Promise<boolean | undefined>} whether it is kept; undefined where there is no room
 */
async function keep(site, address, answer) {
  try {
    if (answer.status !== 200 || answer.redirected || answer.type === "opaque") return false;
    const bytes = await answer.arrayBuffer();
    const asked = address === CONFIG || address.endsWith(".html");
    if (!asked && !(await digest(bytes)).startsWith(hashOf(site, address))) return false;
    const cache = await caches.open(site.name);
    await cache.put(urlOf(address), new Response(bytes, { headers: answer.headers }));
    return true;
  } catch (error) {
    return error.name === "QuotaExceededError" ? undefined : false;
  }
}

/** What `coming` gives within the time; undefined where it fails or takes longer. */
function soon(coming, ms = FRESH_MS) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  return Promise.race([coming.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

/**
 * Puts a listing in force for a page that no navigation has brought here.
 *
 * @param {boolean} isNew whether the page has come without this worker: with the build of now
 */
async function begin(isNew) {
  if (!isNew && (await current())) return;
  const site = await adopt(await fetchListing(), await policyNow());
  inForce = Promise.resolve(site);
}

/**
 * Keeps the files that a page has used, and the small ones of the whole site, without which other pages
 * and parts of this one would not start. When all are there, older builds go, unless another page
 * may yet use them.
 *
 * @param {string[]} used addresses of all that the page has loaded
 * @param {boolean} withSmall whether those that it did not ask for may be fetched
 * @returns {Promise<string>} the version that is in force, "" where nothing can be kept
 */
async function keepAll(used, withSmall) {
  const site = await current();
  if (!site) return "";
  keeping = site.name;
  const before = await recall("whole");
  const wanted = new Set(used.filter((address) => hashOf(site, address) !== undefined));
  if (withSmall) for (const address of Object.keys(site.small)) wanted.add(address);
  wanted.add(CONFIG);
  const cache = await caches.open(site.name);
  const there = new Set((await cache.keys()).map(({ url }) => addressOf(url)));
  let whole = withSmall;
  for (const address of wanted) {
    if (there.has(address)) continue;
    const isKept = (await takeOver(before, site, address)) || (await fetchAndKeep(site, address));
    whole &&= isKept;
    if (isKept === undefined) break; // what comes next would be fetched for nothing
  }
  if (whole) {
    await remember("whole", site);
    await forgetOthers(site);
  }
  return site.version;
}

/** Copies a file that has not changed since an older build. */
async function takeOver(before, site, address) {
  const hash = hashOf(site, address);
  if (!before || hash === undefined || hashOf(before, address) !== hash) return false;
  const old = await kept(before, address);
  // The policy of then would come along, in its header.
  const same = before.name.slice(-8) === site.name.slice(-8);
  return Boolean(old && same) && keep(site, address, old);
}

async function fetchAndKeep(site, address) {
  // What the page has just loaded, the browser still has, and asks nobody for it.
  const isAsked = address === CONFIG || address.endsWith(".html");
  const caching = isAsked ? ["no-cache"] : ["force-cache", "reload"];
  for (const cache of caching) {
    const request = new Request(urlOf(address), { cache, priority: "low" });
    const answer = await fromNetwork(request).catch(() => Response.error());
    const isKept = await keep(site, address, answer);
    if (isKept !== false) return isKept;
  }
  return false;
}

async function forgetOthers(site) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.length > 1) return;
  const others = (await caches.keys()).filter((name) => name.startsWith(`${OURS} `) && name !== site.name);
  await Promise.all(others.map((name) => caches.delete(name)));
}
