"""Choosing a neural model: what each costs, its download, and doing without it again."""

from __future__ import annotations

import functools
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from persona_core.errors import PersonaError
from persona_core.neural.catalogue import Offer
from persona_core.neural.manifest.manifest import Priority
from persona_core.neural.progress import DownloadProgress
from persona_web.base.background import Background
from persona_web.neural.loading import LoadingStep
from persona_web.neural.neural_host import HostStatus, NeuralHost, State
from persona_web.ui.words import model_step_key
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

logger = logging.getLogger(__name__)

MEGABYTE: Final = 1_000_000.0


class ModelChooser:
    """``#models`` and what is in it: ``#model-list``, filled from ``#model-card``,
    ``#model-loading`` with ``#model-progress``, ``#model-bytes`` and ``#model-cancel``,
    ``#model-status``, ``#model-off``, ``#model-delete`` and ``#models-empty``."""

    def __init__(self, page: Page, strings: Strings, host: NeuralHost, graphics: Graphics) -> None:
        self._page = page
        self._strings = strings
        self._host = host
        self._graphics = graphics
        self._background = Background()
        self._offers: tuple[Offer, ...] | None = None
        self._cards: list[tuple[Offer, Element]] = []
        self._told: str | None = None
        self._list = page.element("model-list")
        self._empty = page.element("models-empty")
        self._loading = page.element("model-loading")
        self._progress = page.element("model-progress")
        self._bytes = page.element("model-bytes")
        self._cancel = page.element("model-cancel")
        self._status = page.element("model-status")
        self._off = page.element("model-off")
        self._delete = page.element("model-delete")
        self._cancel.on("click", host.cancel)
        self._off.on("click", lambda: self._run(host.unload()))
        self._delete.on("click", lambda: self._run(self._forget()))
        host.on_change(self._changed)
        graphics.on_change(self._render)
        page.on_language(self._render)
        self._render()

    def restore(self) -> None:
        """Fills the list, in the background."""
        self._run(self._fill())

    async def _fill(self) -> None:
        try:
            self._offers = await self._host.offers()
            self._told = None
        except PersonaError as error:
            logger.warning("no list of models: %s", error)
            self._offers = ()
            self._told = f"error.{error.code}"
        self._list.clear()
        self._cards = []
        for offer in self._offers:
            card = self._page.clone("model-card")
            card.find(".model-use").on("click", functools.partial(self._use, offer))
            self._list.append(card)
            self._cards.append((offer, card))
        self._render()

    def _use(self, offer: Offer) -> None:
        self._told = None
        self._run(self._load(offer))

    async def _load(self, offer: Offer) -> None:
        await self._host.use(offer.manifest)
        await self._fill()  # what is here now need not be downloaded again

    async def _forget(self) -> None:
        await self._host.delete()
        await self._fill()
        self._told = "model.deleted"
        self._render()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._background.run(work)

    # Showing

    def _changed(self) -> None:
        self._told = None
        self._render()

    def _render(self) -> None:
        status = self._host.status
        loading = status.state is State.LOADING
        for offer, card in self._cards:
            self._render_card(offer, card, status)
        self._empty.hidden = self._offers != ()
        self._loading.hidden = not loading
        self._cancel.hidden = status.step not in (None, LoadingStep.DOWNLOAD)
        self._off.hidden = status.state is not State.READY
        self._delete.hidden = loading or not any(_is_here(offer) for offer, _card in self._cards)
        if loading:
            self._render_progress(status.progress)
        self._say(status)

    def _render_card(self, offer: Offer, card: Element, status: HostStatus) -> None:
        manifest, text = offer.manifest, self._strings.text
        card.find(".model-title").text = manifest.title
        total = _megabytes(offer.plan.total_bytes)
        missing = offer.plan.bytes(Priority.ESSENTIAL)
        size = "model.size-here" if missing == 0 else "model.size"
        card.find(".model-size").text = text(size, total=total, missing=_megabytes(missing))
        cost = f"{offer.frame_gflop:.3g}"
        card.find(".model-cost").text = text("model.cost", gflop=cost)
        licence = manifest.licence
        said = text("model.licence", licence=licence.id, holder=licence.holder)
        card.find(".model-licence").text = f"{said} {licence.note}".strip()
        use = card.find(".model-use")
        runs = self._host.runs(manifest)
        current = status.model == manifest.name and status.state is State.READY
        use.text = text("model.in-use" if current else "model.use")
        use.set("aria-label", f"{use.text}: {manifest.title}")
        use.enabled = runs and not current and status.state is not State.LOADING
        why = card.find(".model-why")
        why.hidden = runs
        why.text = "" if runs else text("model.too-much")

    def _render_progress(self, progress: DownloadProgress | None) -> None:
        if progress is None:
            self._progress.node.value = 0
            self._bytes.text = ""
            return
        self._progress.node.value = round(100.0 * progress.share, 1)
        text = self._strings.text
        given = {"received": _megabytes(progress.received), "total": _megabytes(progress.total)}
        if progress.bytes_per_s is None:
            self._bytes.text = text("model.bytes", **given)
            return
        rate = _megabytes(round(progress.bytes_per_s))
        if progress.left_s is None:
            self._bytes.text = text("model.bytes-rate", **given, rate=rate)
            return
        left = f"{progress.left_s:.0f}"
        self._bytes.text = text("model.bytes-left", **given, rate=rate, left=left)

    def _say(self, status: HostStatus) -> None:
        keys: list[str] = []
        if status.state is State.LOADING:
            keys.append(model_step_key((status.step or LoadingStep.DOWNLOAD).value))
        elif status.state is State.READY:
            draws = self._graphics.rung.is_neural and not self._graphics.is_starting
            keys.append("model.drawing" if draws else "model.ready")
        elif status.state is State.FAILED:
            keys.append(f"error.{status.problem}")
        elif self._told is not None:
            keys.append(self._told)
        if not status.kept:
            keys.append("error.model-unkept")
        said = " ".join(self._strings.text(key) for key in keys)
        if self._status.text != said:  # screen readers would say it once more
            self._status.text = said
        failed = status.state is State.FAILED or (self._told or "").startswith("error.")
        self._status.set("data-problem", "true" if failed else "false")


def _is_here(offer: Offer) -> bool:
    """Whether any of its files is on this machine."""
    return offer.plan.bytes() < offer.plan.total_bytes


def _megabytes(size: int) -> str:
    value = size / MEGABYTE
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
