"""A server at work: from the bound socket to the end of everything that was accepted."""

import asyncio
import gc
import signal
import sys
from contextlib import suppress
from typing import Any

import structlog

from server.chores import Chores, Work
from server.composition import Composition
from server.log_writer import LogWriter
from server.ports import DatabaseAway, JournalFailure, JournalRewound
from server.private_pipe import PrivatePipe
from server.tls import Certificate
from server.web import Listening, url_of

log = structlog.get_logger("server")

FAILED, START_OVER = 1, -1
# A terminal that is closed (SIGHUP) and ctrl+\ (SIGQUIT) are no reason to lose anything, nor to leave a core file.
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
# A connection leaves objects that hold each other when it has gone, and only a look through everything finds those of them
# that lived a while. Twenty by fifty was 20 million objects in between: gigabytes. A look costs some 10 ms after `freeze`.
GC_THRESHOLD = (20_000, 5, 2)


class Server:
    """Runs the parts, and ends them. `stop` is set when it is to end."""

    def __init__(self, parts: Composition, stop: asyncio.Event, *, is_private: bool) -> None:
        self._parts, self._stop = parts, stop
        self._chores = Chores(parts)
        self._pipe = PrivatePipe(lambda: len(parts.hub.statuses()), stop.set) if is_private else None
        self._exit_code = 0

    async def serve(
        self, web: Listening, listener: Any, certificate: Certificate | None = None, *, is_first: bool = True
    ) -> int:
        """Serve on the bound socket until a signal, the end of the private pipe or a failed commit."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            # Under `nohup` a closed terminal is no signal to end.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._stop.set)
        if certificate is not None:
            loop.add_signal_handler(signal.SIGHUP, certificate.read_again)
        if self._pipe is not None:
            self._pipe.watch()
        tasks = [loop.create_task(self._guarded(one), name=_name(one)) for one in self._chores.all()]
        serving = loop.create_task(web.serve(sockets=[listener]))
        await web.accepting.wait()
        # What start-up made stays; looking it through again and again costs a pause of tens of milliseconds each time, and
        # even once is a tenth of a start. Only a server that starts over leaves its predecessor behind.
        if not is_first:
            gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        gc.enable()
        url = url_of(listener, secure=certificate is not None)
        if is_first:
            _announce(url)
        log.info("ready", url=url, epoch=self._parts.database.epoch)
        await self._stop.wait()
        await self._wind_down(web, serving, tasks)
        return self._exit_code

    async def _wind_down(self, web: Listening, serving: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
        """Refuse new work, finish what was accepted, say good-bye to the sockets, then end."""
        log.info("stopping")
        if not self._exit_code and not await self._parts.runner.stop():
            self._exit_code = FAILED
        self._parts.runner.abandon()
        await asyncio.sleep(0)  # the answers are there; here they are written, before their sockets are closed
        self._parts.gateway.drain()
        web.should_exit = True
        await serving
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(DatabaseAway):
            while not self._exit_code and self._parts.keeper.save(self._parts.clock.now()):
                pass  # a batch at a time, until nothing is due
        self._parts.password_process.close()
        log.info("stopped")

    async def _guarded(self, work: Work) -> None:
        """Run one part; when it fails, the whole server stops: half a server tells half the truth."""
        try:
            await work()
        except JournalRewound as error:
            log.critical("the database came back as it was before; starting over from it", error=str(error))
            self._end(START_OVER)
        except JournalFailure as error:
            log.critical("the journal cannot be written; stopping", error=str(error))
            self._end(FAILED)
        except Exception:
            fault = self._parts.database.fault()  # then it is no wonder, and no bug
            if fault:
                log.critical("the journal cannot be written; stopping", error=fault)
            else:
                log.exception("a part of the server failed; stopping", part=_name(work))
            self._end(FAILED)

    def _end(self, code: int) -> None:
        self._exit_code = code
        self._stop.set()


def _announce(url: str) -> None:
    """Say on standard output that connections are accepted."""
    out = LogWriter(sys.stdout.fileno(), "ready")
    out.write(f"ready {url}\n")
    if not out.close():
        log.warning("standard output takes nothing: that the server is ready is said here alone")


def _name(work: Work) -> str:
    return getattr(work, "__qualname__", repr(work))
