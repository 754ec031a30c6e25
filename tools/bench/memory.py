"""What a page's memory holds: JavaScript's heap, and WebAssembly's beside it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.tab import Tab

# WebAssembly memory is in no account of the JavaScript heap, and Pyodide keeps its own to
# itself: so note each one as it is made. Workers' memories are not seen.
NOTE_WASM_MEMORIES = """
globalThis.benchMemories = [];
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(target, words) {
    const memory = Reflect.construct(target, words);
    globalThis.benchMemories.push(memory);
    return memory;
  },
});
"""

READ = """async () => {
  const wasm = globalThis.benchMemories.reduce((sum, one) => sum + one.buffer.byteLength, 0);
  if (!crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return [null, wasm];
  return [(await performance.measureUserAgentSpecificMemory()).bytes, wasm];
}"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in use after a garbage collection.

    Attributes:
        heap: JavaScript heaps, DOM and canvases of the page and its workers. Where the page is
            not cross-origin isolated, the heap of the page alone.
        wasm: the WebAssembly memories of the page: Python's.
    """

    heap: int
    wasm: int


def prepare(tab: Tab) -> None:
    """Has memories noted from the next page load on."""
    tab.page.add_init_script(NOTE_WASM_MEMORIES)


def read(tab: Tab) -> Memory:
    heap, wasm = tab.page.evaluate(READ)
    return Memory(_heap_of_page(tab) if heap is None else heap, wasm)


def _heap_of_page(tab: Tab) -> int:
    session = tab.context.new_cdp_session(tab.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return int(next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize"))
