"""One process' connection to Redis: kept up for ever, and never waited for when it is down.

Each time the connection is made the process takes a fresh id, its *incarnation*. What an earlier
one left behind in Redis is then plainly dead, whatever was lost on the way: nothing has to be
repaired, everything alive is announced anew.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from typing import Any, Final, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from persona_core.errors import ServerError
from persona_core.wire.signaling import PROTOCOL_VERSION
from persona_server.journal import LOGGER

COMMAND_SECONDS: Final = 2.0
"""A command that takes longer has failed."""
RETRY_SECONDS: Final = 0.5
"""Pause between attempts to connect."""
INSIST_SECONDS: Final = 0.2
"""Pause between two requests to a task to end."""
CONNECTIONS: Final = 16
QUEUE_LIMIT: Final = 10_000
"""Messages that may wait for Redis; what comes on top is lost, as on any network."""
BATCH: Final = 256
BEATS: Final = 3
"""Signs of life within ``presence_seconds``."""

ECHO: Final = b"E"
"""What a process says to itself, to learn whether its channel still hears."""

# RuntimeError: what uvloop raises where the client writes to a connection that was just closed.
_FAILURES = (RedisError, OSError, TimeoutError, RuntimeError)


class RedisDownError(ServerError):
    """Redis cannot be reached, or was lost while we asked."""

    default_code = "redis-lost"


class LinkListener(Protocol):
    """Hears the link."""

    def on_up(self) -> None:
        """A new incarnation; nothing of ours is in Redis yet."""
        ...

    def on_down(self, reason: str) -> None: ...

    def on_message(self, data: bytes) -> None:
        """Another process sent this."""
        ...

    def others(self) -> set[str]:
        """The processes whose life matters to us."""
        ...

    def on_census(self, dead: set[str]) -> None:
        """Which of :meth:`others` gave no sign of life; told with every beat."""
        ...


class RedisLink:
    """See the module.

    Args:
        url: of Redis.
        prefix: begins all keys and channels.
        presence_seconds: how long a process counts as alive after its last sign of life.
    """

    def __init__(
        self, url: str, prefix: str, presence_seconds: float, listener: LinkListener
    ) -> None:
        # Once, at once: a pooled connection may have died unnoticed. All scripts can be run again.
        retry = Retry(NoBackoff(), 1)
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=COMMAND_SECONDS,
            socket_timeout=COMMAND_SECONDS,
            socket_connect_timeout=COMMAND_SECONDS,
            retry=retry,
            # A dialect of Redis' commercial servers; asking for it costs a round trip.
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        self._redis = Redis.from_pool(pool)
        self._scripts: dict[str, AsyncScript] = {}
        self._prefix = prefix
        self._presence_ms = round(presence_seconds * 1000)
        self._listener = listener
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(QUEUE_LIMIT)
        self._broken: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._closing = False
        self.process = ""
        self.is_up = False

    async def start(self) -> None:
        """Connects, or at least tries once; goes on trying behind the scenes."""
        self._task = asyncio.create_task(self._run())
        await self._tried.wait()

    async def close(self) -> None:
        """Lets go. The last sign of life stays, so that our people are not missed at once."""
        self.is_up, self._closing = False, True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._redis.aclose()

    async def run(self, script: str, room: str, *arguments: str | int) -> Any:
        """Runs one of :mod:`persona_server.redis_scripts` on a room's hash.

        Raises:
            RedisDownError: there is no answer, or none that still holds.
        """
        process = self.process
        if not self.is_up:
            raise RedisDownError()
        try:
            call = self._scripts.get(script)
            if call is None:
                call = self._scripts[script] = self._redis.register_script(script)
            reply = await call(
                keys=[f"{self._prefix}room{PROTOCOL_VERSION}:{room}"], args=list(arguments)
            )
        except _FAILURES as error:
            if process == self.process:
                self._fail(error)
            raise RedisDownError(type(error).__name__) from error
        if process != self.process:
            raise RedisDownError("the answer was for an earlier incarnation")
        return reply

    def send(self, process: str, data: bytes) -> bool:
        """Sends to another process; False when it cannot be sent."""
        if not self.is_up or self._outbox.full():
            return False
        self._outbox.put_nowait((f"{self._prefix}to:{process}", data))
        return True

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._live()
            except _FAILURES as error:
                self._go_down(type(error).__name__)
            except Exception as error:  # a fault of ours; a fresh start is the best we have
                LOGGER.exception("failure")
                self._go_down(type(error).__name__)
            self._tried.set()
            await asyncio.sleep(RETRY_SECONDS)

    async def _live(self) -> None:
        """One incarnation, until something fails."""
        process = secrets.token_hex(8)
        self._broken = asyncio.get_running_loop().create_future()
        async with self._redis.pubsub() as channel:
            await channel.subscribe(f"{self._prefix}to:{process}")
            if self.process:
                await self._redis.delete(self._key(self.process))
            await self._redis.set(self._key(process), 1, px=self._presence_ms)
            if self._closing:  # the client may have swallowed the cancellation
                return
            self.process, self.is_up = process, True
            self._tried.set()
            self._listener.on_up()
            await _first_of(self._listen(channel), self._beat(), self._deliver(), self._broken)

    async def _listen(self, channel: Any) -> None:
        """Hears what others send; our own echo is the least that must come."""
        subscribed = False
        while True:
            message = await channel.get_message(timeout=self._presence_ms / 1000)
            if message is None:
                raise TimeoutError("our own channel fell silent")
            if message["type"] == "subscribe":
                if subscribed:  # the client connected anew by itself: something may be missed
                    raise ConnectionError("the channel was cut")
                subscribed = True
            elif message["data"] != ECHO:
                self._listener.on_message(message["data"])

    async def _beat(self) -> None:
        """Gives signs of life, and looks for those of the others."""
        while True:
            await asyncio.sleep(self._presence_ms / 1000 / BEATS)
            others = sorted(self._listener.others())
            async with self._redis.pipeline(transaction=False) as pipe:
                # Only if it is still there: the others may think us dead.
                pipe.set(self._key(self.process), 1, px=self._presence_ms, xx=True)
                pipe.publish(f"{self._prefix}to:{self.process}", ECHO)
                for other in others:
                    pipe.exists(self._key(other))
                alive, _, *found = await pipe.execute()
            if not alive:
                raise TimeoutError("our last sign of life ran out")
            dead = {other for other, there in zip(others, found, strict=True) if not there}
            self._listener.on_census(dead)

    async def _deliver(self) -> None:
        while True:
            batch = [await self._outbox.get()]
            while len(batch) < BATCH and not self._outbox.empty():
                batch.append(self._outbox.get_nowait())
            async with self._redis.pipeline(transaction=False) as pipe:
                for channel, data in batch:
                    pipe.publish(channel, data)
                await pipe.execute()

    def _key(self, process: str) -> str:
        return f"{self._prefix}process:{process}"

    def _fail(self, error: Exception) -> None:
        """Ends this incarnation."""
        if self._broken is not None and not self._broken.done():
            self._broken.set_exception(error)
        self._go_down(type(error).__name__)

    def _go_down(self, reason: str) -> None:
        was_up, self.is_up = self.is_up, False
        while not self._outbox.empty():
            self._outbox.get_nowait()
        if was_up or not self._tried.is_set():
            self._listener.on_down(reason)


async def _first_of(*works: Any) -> None:
    """Runs all until one fails, and raises what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end_tasks(tasks)


async def end_tasks(tasks: Collection[asyncio.Future[Any]]) -> None:
    """Cancels tasks until they have ended: the Redis client swallows a cancellation at times."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=INSIST_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
