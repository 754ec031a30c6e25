"""When a page counts as idle."""

from __future__ import annotations

from persona_core.base.idle_watch import IDLE_AFTER_MS, IdleWatch


def watched(touched_ms: float = 0.0) -> IdleWatch:
    """Of a page that was last touched then and has just become idle."""
    watch = IdleWatch()
    assert not watch.observe(touched_ms, touched_ms, moving=False)
    assert not watch.observe(touched_ms + IDLE_AFTER_MS - 1.0, touched_ms, moving=False)
    assert watch.observe(touched_ms + IDLE_AFTER_MS, touched_ms, moving=False)
    assert watch.is_idle
    return watch


def test_page_is_idle_when_nothing_has_happened_for_long_and_says_so_once() -> None:
    watch = watched()
    assert not watch.observe(IDLE_AFTER_MS + 250.0, 0.0, moving=False)
    assert watch.is_idle


def test_page_is_idle_no_more_when_it_is_touched_or_something_moves() -> None:
    later = IDLE_AFTER_MS + 250.0
    for touched_ms, moving in ((later - 10.0, False), (0.0, True)):
        watch = watched()
        assert watch.observe(later, touched_ms, moving=moving)
        assert not watch.is_idle
        assert not watch.observe(later + IDLE_AFTER_MS - 20.0, touched_ms, moving=False)
        assert watch.observe(later + IDLE_AFTER_MS, touched_ms, moving=False)


def test_page_is_not_idle_when_it_began_long_after_the_last_touch() -> None:
    watch = IdleWatch()
    assert not watch.observe(10.0 * IDLE_AFTER_MS, 0.0, moving=False)
    assert not watch.observe(10.5 * IDLE_AFTER_MS, 0.0, moving=False)
