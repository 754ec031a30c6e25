// Bytes kept between visits, in one IndexedDB store. Every function resolves; what the platform
// forbids or has no room for is `false`, what is not there is `undefined`.

const DATABASE = "virtualpersona";
const STORE = "blobs";

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error); // the quota is noticed at the commit
  });
}

async function inStore(mode, work) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    const transaction = database.transaction(STORE, mode);
    const done = finished(transaction);
    const result = await settled(work(transaction.objectStore(STORE)));
    await done;
    return result;
  } finally {
    database.close();
  }
}

/** The Uint8Array kept under a key. */
export const readBlob = (key) =>
  inStore("readonly", (store) => store.get(key)).catch(() => undefined);

/** Whether the bytes are kept now. */
export const writeBlob = (key, bytes) =>
  inStore("readwrite", (store) => store.put(bytes, key)).then(() => true, () => false);

/** Whether nothing is kept under the key now. */
export const removeBlob = (key) =>
  inStore("readwrite", (store) => store.delete(key)).then(() => true, () => false);
