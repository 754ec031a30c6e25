"""Pages put together from partials: what is put where, and what a mistake is answered with."""

from __future__ import annotations

import pytest

from persona_build.errors import PageError
from persona_build.partials import Partials

PARTIALS = {
    "rule": "<hr>\n",
    "link": '<a href="$to">$words</a>\n',
    "card": "<section>\n  <!-- content -->\n</section>\n",
    "titled": "<!-- begin: card -->\n  <h2>$title</h2>\n  <!-- content -->\n<!-- end: card -->\n",
    "price": "<p>$$5 for $what</p>\n",
    "attribute": "<p$more>\n",
    "circle": "<!-- partial: round -->\n",
    "round": "<!-- partial: circle -->\n",
    "dollar": "<p>5$ each</p>\n",
}


def put_together(text: str) -> str:
    return Partials(PARTIALS, "app/partials").put_together(text, "app/index.html")


@pytest.mark.parametrize(
    ("page", "shipped"),
    [
        ("<p>$5</p>\n\n<!-- a comment -->\n", "<p>$5</p>\n\n<!-- a comment -->\n"),
        ("<main>\n  <!-- partial: rule -->\n</main>\n", "<main>\n  <hr>\n</main>\n"),
        ('<!-- partial: link to="../" words="$5, it\'s" -->', '<a href="../">$5, it\'s</a>\n'),
        ('<!-- partial: price what="two" -->', "<p>$5 for two</p>\n"),
        ("""<!-- partial: attribute more=' class="x"' -->""", '<p class="x">\n'),
        ('<!-- partial: attribute more="" -->', "<p>\n"),
        ("<!-- partial: card -->", "<section>\n</section>\n"),
        (
            " <!-- begin: card -->\n   <i></i>\n\n   <b>\n    </b>\n <!-- end: card -->\n",
            " <section>\n   <i></i>\n\n   <b>\n    </b>\n </section>\n",
        ),
        (
            '<!-- begin: titled title="A" -->\n<!-- begin: titled title="B" -->\n'
            "<!-- partial: rule -->\n<!-- end: titled -->\n<!-- end: titled -->\n",
            "<section>\n  <h2>A</h2>\n  <section>\n    <h2>B</h2>\n    <hr>\n  </section>\n"
            "</section>\n",
        ),
    ],
)
def test_page_has_the_partials_lines_when_it_refers_to_them(page: str, shipped: str) -> None:
    assert put_together(page) == shipped


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<!-- partial: rul -->", "app/index.html asks for the partial rul"),
        ('<!-- partial: link to="x" -->', "gives link to; it takes to, words"),
        ('<!-- partial: rule size="3" -->', "gives rule size; it takes nothing"),
        ("<!-- partial: rule", "cannot be read: <!-- partial: rule"),
        ("<p><!-- partial: rule --></p>", "cannot be read"),
        ("<!-- partial: link to=x words=y -->", "cannot be read"),
        ("<!-- begin: card -->", "begins card and never ends it"),
        ("<!-- end: card -->", "ends card, which is not what it began last"),
        (
            "<!-- begin: card -->\n<!-- begin: titled title='' -->\n<!-- end: card -->",
            "ends card, which is not what it began last",
        ),
        ("<!-- begin: rule -->\n<p>\n<!-- end: rule -->", "into rule, which has no place for it"),
        ("<!-- partial: circle -->", "app/partials/circle.html is a part of itself"),
        ("<!-- partial: dollar -->", "app/partials/dollar.html: Invalid placeholder"),
    ],
)
def test_build_says_what_is_wrong_and_what_to_do_when_a_reference_is_mistaken(
    page: str, message: str
) -> None:
    with pytest.raises(PageError) as raised:
        put_together(page)
    assert message in raised.value.failed
    assert raised.value.remedy
