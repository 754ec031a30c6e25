"""State machines as tables: ``(state, event) -> (next state, commands)``.

A machine knows no clock and does no I/O. Its owner feeds it events and carries out the
commands it returns, in order. An event that the table has no entry for raises
:class:`~persona_core.errors.IllegalEventError` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from persona_core.errors import IllegalEventError

State = TypeVar("State", bound=Enum)
Event = TypeVar("Event", bound=Enum)
Command = TypeVar("Command", bound=Enum)

Table = Mapping[tuple[State, Event], tuple[State, tuple[Command, ...]]]


def stay(state: State, *events: Event) -> dict[tuple[State, Event], tuple[State, tuple[()]]]:
    """Rows of a table: events that change nothing in a state."""
    return {(state, event): (state, ()) for event in events}


class Machine(Generic[State, Event, Command]):
    """Runs one table.

    Attributes:
        state: where the machine stands; changed by :meth:`handle` only.
    """

    def __init__(self, table: Table[State, Event, Command], initial: State) -> None:
        self._table = table
        self.state = initial

    def handle(self, event: Event) -> tuple[Command, ...]:
        """Takes one step and returns what is to be done for it.

        Raises:
            IllegalEventError: the state does not allow the event; nothing changed.
        """
        step = self._table.get((self.state, event))
        if step is None:
            kind = type(self.state).__name__
            raise IllegalEventError(f"{event.name} in {kind}.{self.state.name}")
        self.state, commands = step
        return commands
