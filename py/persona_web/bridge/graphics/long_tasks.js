// Tells when the page's thread was blocked (Long Tasks API, where there is one).

/**
 * @param {(duration: number) => void} listener  called with milliseconds, over 50 each
 * @returns {() => void} stops it
 */
export function watchLongTasks(listener) {
  if (!globalThis.PerformanceObserver?.supportedEntryTypes?.includes("longtask")) return () => {};
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) listener(entry.duration);
  });
  observer.observe({ type: "longtask" });
  return () => observer.disconnect();
}
