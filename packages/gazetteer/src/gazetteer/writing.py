"""Making the files of an output and writing them, in several processes where that is much."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .output import Writer
from .outputs import Output, Task, files_of, paths_of, worth_of
from .parallel import MOST_PIECES, shared

__all__ = ["WORTH", "write_all"]

#: Fewer files than these are not worth a fork, nor are so many another one.
WORTH = 150
#: Files in one piece of work, so that most pages are made in all formats by the process that has composed them.
_PIECE = 32
#: Of few files each process is to have so many pieces, so that none waits long for another.
_SHARES = 4


def write_all(
    work: list[Output], writer: Writer, jobs: int = 1, own: Callable[[], None] | None = None, ready: Callable[[], None] | None = None,
    own_worth: int = 0,
) -> None:  # fmt: skip
    """Make files and write them, in several processes where that is much.

    Parameters
    ----------
    work : list of Output
        The files.
    writer : Writer
        Of the output.
    jobs : int
        How many processes may work.
    own : callable, optional
        What this process alone can do.
    ready : callable, optional
        Has this process know beforehand what another one cannot ask the store for.
    own_worth : int
        As many pages take as long as what this process alone can do.
    """
    tasks: list[Output] = [output for output in work if isinstance(output, Task)]  # first, so that none of them is what all others wait for
    single: list[Output] = [output for output in work if not isinstance(output, Task)]
    processes = min(jobs, 1 + (own_worth + sum(map(worth_of, work))) // WORTH)
    size = max(min(_PIECE, len(single) // (_SHARES * processes)), -(-len(single) // (MOST_PIECES - len(tasks))), 1)
    pieces = [tasks[i : i + 1] for i in range(len(tasks))] + [single[i : i + size] for i in range(0, len(single), size)]
    writer.make_room(path for output in work for path in paths_of(output))

    def share(numbers: Iterator[int], process: int) -> bytes:
        if process:
            writer.go_apart(process)
        elif own is not None:
            own()  # the others begin meanwhile
        for number in numbers:
            writer.note_all(path for output in pieces[number] for path in paths_of(output))
            for output in pieces[number]:
                for path, content in files_of(output):
                    writer.write(path, content)
        return writer.report() if process else b""

    if processes > 1 and ready is not None:
        ready()
    for report in shared(len(pieces), processes, share)[1:]:
        writer.take(report)
