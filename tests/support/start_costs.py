"""What the browser had sent to it before a page was ready, as it came over the wire."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

COSTS = """() => {
  const { ready } = virtualpersona.timings;
  const entries = ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type));
  return entries
    .filter((entry) => entry.startTime < ready && entry.responseEnd <= ready)
    .map((entry) => [entry.name, entry.transferSize]);
}"""


@dataclass(frozen=True)
class StartCosts:
    """Attributes:
    answers: address and bytes of each answer, heads included; compressed as it came.
    """

    answers: tuple[tuple[str, int], ...]

    @property
    def total_bytes(self) -> int:
        return sum(size for _, size in self.answers)

    @property
    def requests(self) -> int:
        """Answers that came over the network, those of "not modified" included."""
        return sum(1 for _, size in self.answers if size)


def start_costs(page: Page) -> StartCosts:
    """What a page that is ready had waited for. What it fetched for later does not count."""
    return StartCosts(tuple((str(name), int(size)) for name, size in page.evaluate(COSTS)))
