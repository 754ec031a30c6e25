// Room-key encryption with WebCrypto: HKDF-SHA-256 to a key, AES-256-GCM on top.

const NONCE_BYTES = 12;

/** A non-extractable AES-GCM key from a shared secret. */
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
