// PyScript opens stores of its own to remember packages in, of which these pages load none by it.
// Where a browser keeps nothing for a site, that alone would end the start: so they forget at once.

const PREFIX = "IDBMap/";

const answered = (result) => {
  const request = {};
  queueMicrotask(() => request.onsuccess?.({ target: { result } }));
  return request;
};
const nothing = () => answered(undefined);
const store = {
  get: nothing,
  getKey: nothing,
  put: nothing,
  delete: nothing,
  clear: nothing,
  count: () => answered(0),
  getAllKeys: () => answered([]),
};
const database = {
  objectStoreNames: ["entries"],
  transaction: () => ({ objectStore: () => store }),
  close() {},
};

/** Has PyScript's stores keep nothing; all others are the browser's. */
export function forgetPackages() {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (name, ...rest) {
    return String(name).startsWith(PREFIX) ? answered(database) : open.call(this, name, ...rest);
  };
}
