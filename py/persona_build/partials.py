"""Pages put together from partials: pieces of mark-up, each in a file of its own.

These lines of a page, or of a partial, stand for others:

    <!-- partial: NAME KEY="VALUE" -->
        the partial ``NAME``
    <!-- begin: NAME KEY="VALUE" --> ... <!-- end: NAME -->
        the same, with the lines between in the place of its line ``<!-- content -->``

In a partial ``$KEY`` is the value; ``$$`` is a dollar. A value that has quotes stands in the other
kind of quotes. Whatever is put in is indented like the line that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import Template
from textwrap import dedent

from persona_build.errors import PageError

_REFERENCE = re.compile(
    r"""(?P<indent>\ *)<!--\ (?P<verb>partial|begin|end):\ (?P<name>[\w-]+)
    (?P<values>(?:\ \w+=(?:"[^"]*"|'[^']*'))*)\ -->""",
    re.VERBOSE,
)
_LIKE_ONE = re.compile(r"<!--\s*(?:partial|begin|end)\b")
_VALUE = re.compile(r"""(\w+)=("[^"]*"|'[^']*')""")
_CONTENT = re.compile(r"( *)<!-- content -->")


class Partials:
    """The partials of a site.

    Args:
        texts: each one's lines by its name.
        folder: where a reader finds them, for messages.
    """

    def __init__(self, texts: Mapping[str, str], folder: str) -> None:
        self._texts = texts
        self._folder = folder

    def put_together(self, text: str, name: str) -> str:
        """A page as it is shipped.

        Args:
            name: the page's own, for messages.

        Raises:
            PageError: a partial is unknown, refers to itself, lacks a value or is given one that it
                does not know; or something is begun or ended alone.
        """
        return "".join(f"{line}\n" for line in self._expand(text, name, ()))

    def _expand(self, text: str, place: str, around: tuple[str, ...]) -> list[str]:
        """The lines of ``text`` with its references followed.

        Args:
            around: the partials that are being put in, the outermost first.
        """
        lines: list[str] = []
        begun: list[tuple[re.Match[str], list[str]]] = []  # with the lines before it
        for line in text.splitlines():
            mark = _REFERENCE.fullmatch(line)
            if mark is None:
                if _LIKE_ONE.search(line):
                    raise PageError(
                        f"{place} has a reference that cannot be read: {line.strip()}",
                        remedy='write <!-- partial: name key="value" --> on a line of its own',
                    )
                lines.append(line)
            elif mark["verb"] == "partial":
                lines += self._put(mark, [], place, around)
            elif mark["verb"] == "begin":
                begun.append((mark, lines))
                lines = []
            else:
                if not begun or begun[-1][0]["name"] != mark["name"]:
                    raise PageError(
                        f"{place} ends {mark['name']}, which is not what it began last.",
                        remedy=f"begin {mark['name']} before, or end what stands open",
                    )
                mark, before = begun.pop()
                lines = before + self._put(mark, lines, place, around)
        if begun:
            name = begun[-1][0]["name"]
            raise PageError(
                f"{place} begins {name} and never ends it.", remedy=f"add <!-- end: {name} -->"
            )
        return lines

    def _put(
        self, mark: re.Match[str], content: list[str], place: str, around: tuple[str, ...]
    ) -> list[str]:
        """The lines that a reference stands for, ``content`` within them."""
        name = mark["name"]
        file = f"{self._folder}/{name}.html"
        if name not in self._texts:
            raise PageError(
                f"{place} asks for the partial {name}, which does not exist.",
                remedy=f"write {file}, or ask for one of {_listed(self._texts)}",
            )
        if name in around:
            raise PageError(f"{file} is a part of itself.", remedy=f"mend {place}")
        template = Template(self._texts[name])
        values = {key: value[1:-1] for key, value in _VALUE.findall(mark["values"])}
        known = set(template.get_identifiers())
        if known != values.keys():
            raise PageError(
                f"{place} gives {name} {_listed(values)}; it takes {_listed(known)}.",
                remedy=f"mend that line, or {file}",
            )
        try:
            text = template.substitute(values)
        except ValueError as error:
            raise PageError(f"{file}: {error}.", remedy="write $$ for a dollar") from error
        lines = self._expand(text, file, (*around, name))
        return _indented(_filled(lines, content, place, name), mark["indent"])


def _filled(lines: list[str], content: list[str], place: str, name: str) -> list[str]:
    """A partial's lines around ``content``."""
    filled: list[str] = []
    slots = 0
    for line in lines:
        if slot := _CONTENT.fullmatch(line):
            slots += 1
            filled += _indented(dedent("\n".join(content)).splitlines(), slot[1])
        else:
            filled.append(line)
    if content and not slots:
        raise PageError(
            f"{place} puts something into {name}, which has no place for it.",
            remedy=f"write <!-- partial: {name} --> alone, or give it a line <!-- content -->",
        )
    return filled


def _indented(lines: Iterable[str], indent: str) -> list[str]:
    return [indent + line if line else line for line in lines]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
