// WebCrypto, as verbs and plain data: the person's signing key, a page's key agreement, sealing.
// Private keys cannot be read by any script, ours included.

const NONCE_BYTES = 12;
const SHARED_BITS = 256;
const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const AGREEMENT = { name: "ECDH", namedCurve: "P-256" };

const DATABASE = "virtualpersona-keys";
const STORE = "keys";
const SIGNING_KEY = "signing";
// Some browsers never answer where storage is shut off.
const PATIENCE_MS = 3000;

/** A key of its own for this page, with the public half as bytes. */
export async function makeAgreement() {
  const pair = await crypto.subtle.generateKey(AGREEMENT, false, ["deriveBits"]);
  return { pair, public: await exportPublic(pair) };
}

/** The person's signing key: the one kept on the device, else a new one, kept where that works. */
export async function openSigner() {
  const fresh = await crypto.subtle.generateKey(SIGNING, false, ["sign", "verify"]);
  let pair = fresh;
  try {
    pair = await keep(fresh);
  } catch (error) {
    console.info("This page is somebody new after a reload:", error?.message ?? error);
  }
  return { pair, public: await exportPublic(pair) };
}

export async function sign(signer, data) {
  return new Uint8Array(await crypto.subtle.sign(SIGNING, signer.pair.privateKey, data));
}

/** Whether the owner of `key` signed `data`; false for what is no key. */
export async function verify(key, signature, data) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, SIGNING, false, ["verify"]);
    return await crypto.subtle.verify(SIGNING, imported, signature, data);
  } catch {
    return false;
  }
}

/** A non-extractable AES-GCM key from a shared secret, by HKDF-SHA-256. */
export async function deriveKey(secret, salt, info) {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** The same over what ECDH gives with `key`, then `secret`; undefined where `key` is no point. */
export async function deriveSharedKey(agreement, key, secret, salt, info) {
  let other;
  try {
    other = await crypto.subtle.importKey("raw", key, AGREEMENT, false, []);
  } catch {
    return undefined;
  }
  const { privateKey } = agreement.pair;
  const shared = await crypto.subtle.deriveBits(
    { name: "ECDH", public: other },
    privateKey,
    SHARED_BITS,
  );
  const material = new Uint8Array(shared.byteLength + secret.length);
  material.set(new Uint8Array(shared));
  material.set(secret, shared.byteLength);
  return deriveKey(material, salt, info);
}

/** Nonce + ciphertext + tag. */
export async function seal(key, plain, additionalData) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const cipher = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  const sealed = new Uint8Array(NONCE_BYTES + cipher.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(cipher), NONCE_BYTES);
  return sealed;
}

/** The plain bytes, or undefined where the key, the associated data or the bytes do not match. */
export async function unseal(key, sealed, additionalData) {
  const iv = sealed.subarray(0, NONCE_BYTES);
  const cipher = sealed.subarray(NONCE_BYTES);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, cipher),
    );
  } catch {
    return undefined; // WebCrypto gives no reason, on purpose
  }
}

async function exportPublic(pair) {
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
}

/** The key pair that the device has, which is `fresh` from now on if it had none. */
async function keep(fresh) {
  const database = await openDatabase();
  try {
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    // In one transaction: of two pages that begin together, the second finds the first one's.
    const kept = await answer(store.get(SIGNING_KEY));
    if (kept) return kept;
    await answer(store.put(fresh, SIGNING_KEY));
    return fresh;
  } finally {
    database.close();
  }
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error("the device's storage does not answer"));
    const timer = setTimeout(late, PATIENCE_MS);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    answer(request)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
