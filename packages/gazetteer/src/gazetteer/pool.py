"""Worker processes that may die or hang: a `concurrent.futures.Executor` in which such a worker costs the call it was at, nothing else.

`concurrent.futures.ProcessPoolExecutor` is broken for good when one of its processes is killed, and has no deadlines; a tree that is
not trusted can bring about both. Workers are fresh interpreters behind two pipes - no socket, no fork of a process that has threads,
no import of the program that called us - with a limit on their memory, and they hand back plain data.
"""

from __future__ import annotations

import importlib
import io
import math
import os
import pickle
import queue
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from typing import IO, Any

from .config import Config
from .errors import GazetteerError, UsageError
from .parallel import cores
from .stopping import FATAL, NOWHERE, be_expendable

__all__ = ["PoolError", "ProcessPool", "WorkerDied", "WorkerLost", "WorkerTimeout", "cores", "serve", "workers"]

_LENGTH = struct.Struct("<Q")
#: How long a worker may take to import what it needs.
_START_SECONDS = 120.0
#: How long after its deadline a worker ends that its pool has not killed, because there is no pool any more.
_ALONE_SECONDS = 10
#: -I: neither the current folder nor the environment says what is imported. The path of modules comes through the pipe.
_PROGRAM = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from gazetteer.pool import serve; serve()"


class PoolError(GazetteerError):
    """Workers cannot be started, or one has raised an error of ours."""


class WorkerLost(Exception):  # noqa: N818 - it says what happened
    """There is no worker any more that was at this call.

    Attributes
    ----------
    at : int or None
        At which of the things that the call is about it was, if it has said so (`gazetteer.stopping.be_at`).
    is_sure : bool
        Whether it was this one, and nothing before it, that took too long.
    """

    def __init__(self, text: str, at: int | None = None, *, is_sure: bool = False) -> None:
        super().__init__(text)
        self.at, self.is_sure = at, is_sure and at is not None


class WorkerDied(WorkerLost):
    """The worker ended while it was at this call."""


class WorkerTimeout(WorkerLost):
    """The worker was killed because the call took too long."""


class ProcessPool(Executor):
    """Calls functions in worker processes; see the module. Workers start when there is work for them.

    Parameters
    ----------
    jobs : int
        How many processes at most.
    memory_mb : int, optional
        The address space of each (``RLIMIT_AS``), in MiB; without a limit by default.
    deadline : float, optional
        Seconds after which a call's worker is killed; never by default.

    Examples
    --------
    >>> import operator
    >>> with ProcessPool(1) as pool:
    ...     pool.submit(operator.add, 2, 3).result()
    5
    """

    def __init__(self, jobs: int, memory_mb: int = 0, deadline: float = float("inf")) -> None:
        self.jobs, self.memory_mb, self.deadline = jobs, memory_mb, deadline
        self._new: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._wake_out, self._wake_in = os.pipe()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function of a module, with arguments that can be pickled; it must give plain data."""
        if self._is_closed:
            raise RuntimeError("the pool is shut down")
        call = _Call(pickle.dumps((fn, args, kwargs), protocol=5))
        self._new.put(call)
        if self._thread is None:
            self._selector = selectors.DefaultSelector()  # here, where an error has somebody who gets it
            self._thread = threading.Thread(target=self._dispatch, name="gazetteer-pool", daemon=True)
            self._thread.start()
        os.write(self._wake_in, b"x")
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers, after their calls or, with `cancel_futures`, at once."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._thread is not None:
            self._cancel = cancel_futures
            self._new.put(None)
            os.write(self._wake_in, b"x")
            if wait or cancel_futures:
                self._thread.join()
        else:
            os.close(self._wake_in)
            os.close(self._wake_out)

    _cancel = False

    def _dispatch(self) -> None:
        """Hand calls to workers and results to futures, until the pool is shut down; the pool's only thread."""
        calls: deque[_Call] = deque()
        crew: list[_Worker] = []
        closing = False
        with self._selector as selector:
            selector.register(self._wake_out, selectors.EVENT_READ)
            while True:
                self._assign(calls, crew, selector)
                if closing and (self._cancel or (not calls and not any(w.call for w in crew))):
                    break
                soonest = min((w.until for w in crew if w.is_busy), default=float("inf"))
                ready = {key.fd: key.data for key, _ in selector.select(_timeout(soonest))}
                if self._wake_out in ready:
                    closing |= self._take_new(calls)
                for worker in [w for w in crew if w in ready.values() or (w.is_busy and time.monotonic() > w.until)]:
                    if not worker.proceed():
                        selector.unregister(worker.fd)
                        crew.remove(worker)
                        worker.end()
                        if not worker.started:
                            self._fail(calls, worker.complaint)
            for worker in crew:
                worker.end()
        for call in calls:
            call.future.cancel()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _take_new(self, calls: deque[_Call]) -> bool:
        """Take what was submitted; whether the pool is to close."""
        os.read(self._wake_out, 4_096)
        closing = False
        with suppress(queue.Empty):
            while True:
                call = self._new.get_nowait()
                if call is None:
                    closing = True
                else:
                    calls.append(call)
        return closing

    def _assign(self, calls: deque[_Call], crew: list[_Worker], selector: selectors.BaseSelector) -> None:
        for worker in crew:
            while calls and worker.started and worker.call is None:
                worker.begin(calls.popleft(), self.deadline)
        starting = sum(not w.started for w in crew)
        while starting < len(calls) and len(crew) < self.jobs:
            try:
                worker = _Worker(self.memory_mb, self.deadline)
            except OSError as error:
                self._fail(calls, str(error))
                return
            selector.register(worker.fd, selectors.EVENT_READ, worker)
            crew.append(worker)
            starting += 1

    def _fail(self, calls: deque[_Call], why: str) -> None:
        while calls:
            calls.popleft().future.set_exception(PoolError(f"a worker process could not start: {why}"))


def _timeout(soonest: float) -> float | None:
    return None if soonest == float("inf") else max(soonest - time.monotonic(), 0) + 0.01


class _Call:
    """A pickled call, and the future of what it gives."""

    __slots__ = ("future", "pickled")

    def __init__(self, pickled: bytes) -> None:
        self.pickled = pickled
        self.future: Future[Any] = Future()


class _Worker:
    """One process, as its pool sees it."""

    def __init__(self, memory_mb: int, deadline: float) -> None:
        self.call: _Call | None = None
        self.started = False
        self.until = time.monotonic() + _START_SECONDS
        self._received = bytearray()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        #: Where it says at which of the things it is that a call is about.
        self._place = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        flags = ["-I", "-X", "utf8", *(["-B"] if sys.dont_write_bytecode else [])]
        # Where nobody is left to kill it, a call that does not end is to end all the same.
        alone = math.ceil(deadline) + _ALONE_SECONDS if deadline < math.inf else 0
        command = [sys.executable, *flags, "-c", _PROGRAM, str(memory_mb), str(alone), str(self._place.fileno())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0, pass_fds=(self._place.fileno(),)
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self.fd = self._output.fileno()
        with suppress(BrokenPipeError):
            self._input.write(pickle.dumps([os.path.abspath(p) for p in sys.path if p]))  # noqa: PTH100 - pathlib resolves links

    @property
    def is_busy(self) -> bool:
        """Whether it has to be watched: it is at a call, or starting."""
        return self.call is not None or not self.started

    @property
    def complaint(self) -> str:
        """The last line that it wrote to standard error."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").split("\n")
        self._errors.close()
        return next((line for line in reversed(lines) if line.strip()), f"exit code {self._process.returncode}")

    def begin(self, call: _Call, deadline: float) -> None:
        """Send a call, unless it was cancelled."""
        if not call.future.set_running_or_notify_cancel():
            return
        self.call, self.until = call, time.monotonic() + deadline
        os.pwrite(self._place.fileno(), NOWHERE, 0)
        with suppress(BrokenPipeError):  # it has died: its output ends too
            _send(self._input, call.pickled)

    def proceed(self) -> bool:
        """Take what has come; False if the worker is no more, or must not be."""
        if self.is_busy and time.monotonic() > self.until:
            self._lose(WorkerTimeout("the call took too long", self._at))
            return False
        if (chunk := os.read(self.fd, 1 << 20)) == b"":
            code = self._process.wait()
            if FATAL is not None and code == -FATAL:
                self._lose(WorkerTimeout("it did not come back", self._at, is_sure=True))
            self._lose(WorkerDied(f"killed by signal {-code}" if code < 0 else f"exit code {code}", self._at))
            return False
        self._received += chunk
        if len(self._received) < _LENGTH.size or len(self._received) < _LENGTH.size + _LENGTH.unpack_from(self._received)[0]:
            return True
        message = bytes(self._received[_LENGTH.size :])
        self._received.clear()
        if not self.started:
            self.started = True
            return True
        call, self.call = self.call, None
        assert call is not None
        try:
            ok, value = _Plain(io.BytesIO(message)).load()
        except Exception as error:  # noqa: BLE001 - whatever a worker sends, the pool goes on
            call.future.set_exception(PoolError(f"a worker sent what is no plain data: {error}"))
            return False
        if ok:
            call.future.set_result(value)
        elif value == "MemoryError":
            call.future.set_exception(WorkerDied("out of memory"))
            return False
        else:
            call.future.set_exception(PoolError(f"a worker failed:\n{value}"))
        return True

    @property
    def _at(self) -> int | None:
        """At which of the things it is, or was, that its call is about."""
        said = os.pread(self._place.fileno(), len(NOWHERE), 0)
        return int.from_bytes(said, "little") if said not in (b"", NOWHERE) else None

    def _lose(self, error: Exception) -> None:
        if self.call is not None:
            call, self.call = self.call, None
            call.future.set_exception(error)

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._lose(WorkerDied("the pool was shut down"))
        self._input.close()
        self._output.close()
        self._place.close()
        if self.started:
            self._errors.close()


class _Plain(pickle.Unpickler):
    """Unpickles numbers, texts, lists and the like: what reads files of strangers does not name functions to call here."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Refuse."""
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")


def _send(stream: IO[bytes], message: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(message)) + message)
    while view:
        view = view[stream.write(view) or 0 :]


def serve() -> None:
    """Be a worker: take calls from standard input, write what they give to standard output, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pool's to answer
    be_expendable(int(sys.argv[3]))
    _limit_memory(int(sys.argv[1]))
    alone = int(sys.argv[2])
    calls = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a library prints does not get between results
    _send(results, b"")
    while head := calls.read(_LENGTH.size):
        function, args, kwargs = pickle.loads(calls.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - from the pool
        signal.alarm(alone)  # which ends this process, also where it is deep in a library
        try:
            answer: tuple[bool, Any] = (True, function(*args, **kwargs))
        except MemoryError:
            answer = (False, "MemoryError")
        except Exception:  # noqa: BLE001 - the caller gets it
            import traceback

            answer = (False, traceback.format_exc())
        signal.alarm(0)
        _send(results, pickle.dumps(answer, protocol=5))


def _limit_memory(megabytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if megabytes:
        size = megabytes << 20
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or hard > size:
            resource.setrlimit(resource.RLIMIT_AS, (size, size))


@contextmanager
def workers(executor: str, jobs: int | None, config: Config) -> Iterator[Executor]:
    """The executor that an option names.

    Parameters
    ----------
    executor : str
        ``local``, ``dask``, or ``dask:`` and the address of a scheduler.
    jobs : int, optional
        How many processes; as many as there are cores by default. A cluster with an address has its own.
    config : Config
        Limits.
    """
    name, _, address = executor.partition(":")
    if name == "local" and not address:
        # The deadline is for what cannot be interrupted; `gather` stops what can much earlier.
        with ProcessPool(jobs or cores(), config.limits.worker_mb, 20 + 10 * config.limits.parse_seconds) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    elif name == "dask" and (address or executor == "dask"):
        with _dask(address, jobs) as found:
            yield found
    else:
        raise UsageError(f"unknown executor {executor!r}; expected local, dask, or dask: and the address of a scheduler")


@contextmanager
def _dask(address: str, jobs: int | None) -> Iterator[Executor]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError("--executor dask needs Dask, which is not installed; expected: pip install 'gazetteer[dask]'") from error
    if address:
        try:
            client = distributed.Client(address)
        except (OSError, ValueError) as error:
            raise UsageError(f"no scheduler of Dask answers at {address!r}: {error}") from error
        with client:
            yield client.get_executor()
        return
    cluster = distributed.LocalCluster(n_workers=jobs or cores(), threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        yield client.get_executor()
