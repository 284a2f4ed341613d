"""The whole pipeline: discover, gather, resolve, compose, write. Pages whose bytes are the same are not written again.

Where nothing has changed since the last build, it ends after looking at the times of files, and imports none of the later stages.
Where little has, what the last build kept is amended (`gazetteer.amend.small`), and the pages alone are made that this can reach.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .claims import claimed
from .config import Config
from .discover import DECIDING, Entry, Looked, discover, file_at, paths_in
from .errors import LimitError, UsageError
from .grammars import installed_text
from .ground import Ground
from .output import Writer
from .parallel import Meanwhile
from .store import ENCODE, STATE, Store
from .unchanged import State, entry_of, inputs_key, listing, racy, relisted, state_of, unspoiled

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .compiler.indexes import Indexes
    from .compose import Book
    from .quick import Seen

__all__ = ["Built", "build"]

Progress = Callable[[str, int, int], None]
Settled = Callable[[Looked, int, bytes, "Built"], None]

_PATHS = "paths"
#: To look at fewer files than these, what they are now, is not worth a fork.
_MANY = 2_000


class Built(Struct):
    """What a build did."""

    files: int
    scanned: int
    extracted: int
    pages: int
    written: int
    removed: int
    #: What is to be said of indexes of compilers.
    said: tuple[str, ...] = ()


class _Asked(Struct, frozen=True):
    """What a build is asked for, as `build` is given it."""

    root: Path
    out: Path
    config: Config
    store: Store
    formats: tuple[str, ...]
    executor: Executor | None
    progress: Progress
    jobs: int
    held: list[object] | None
    indexes: Indexes | None


def build(
    root: Path, out: Path, config: Config, store: Store, *, formats: tuple[str, ...] = ("md",), executor: Executor | None = None,
    progress: Progress = lambda _stage, _done, _of: None, jobs: int = 1, settled: Settled | None = None,
    ground: Ground | None = None, seen: Seen | None = None, held: list[object] | None = None, indexes: Indexes | None = None,
) -> Built:  # fmt: skip
    """Document the tree at `root` in the folder `out`.

    Parameters
    ----------
    root, out : Path
        The tree and the folder of the output.
    config : Config
        Of the tree.
    store : Store
        What earlier builds know.
    formats : tuple of str
        Of ``md``, ``html``, ``json``, ``llms``, ``scip``.
    executor : Executor, optional
        Where files are read. With more than one job it is shut down as soon as they are: its processes have done their work.
    progress : callable
        Called with the name of a stage, how far it is, and how far it goes.
    jobs : int
        How many processes make pages.
    settled : callable, optional
        Called where another build would find nothing to do: with what the tree was found by, when that was, what lies in the output, and
        what was done.
    ground : Ground, optional
        What is known already of the tree and of the output; what is known afterwards is put there.
    seen : Seen, optional
        What a look at the paths of the last build has shown.
    held : list, optional
        Gets what the pages were made of, so that it is not freed before the build is done.
    indexes : Indexes, optional
        Of compilers. A build with some is done whole from kept records, whatever was changed.

    Raises
    ------
    OutputError
        If `out` may not be written, for instance because it holds files that are not this system's.
    SourceError
        If an index cannot be read.
    UsageError
        If a format needs what is not installed; nothing is written then.
    """
    if "scip" in formats:
        _need_protobuf()
    asked = _Asked(root, out, config, store, formats, executor, progress, jobs, held, indexes)
    with claimed(root, out):
        store.let_go()
        ground = ground or Ground()
        looked = Looked() if settled is not None and ground.entries is None else None
        code = store.code + os.fsencode(installed_text())
        if indexes is not None:
            if looked is not None:
                looked.at_all(indexes.places())
            code += indexes.key()
        state, base = state_of(store.meta(STATE)), inputs_key(root, out, config, formats, (), code)
        if seen is not None and ground.entries is None and state is not None and state.outputs == seen.output.lying:
            _take_over(ground, seen, root, out, store, base, looked)
        is_long = ground.lying is None and state is not None and state.pages > _MANY
        with Meanwhile(partial(listing, out), is_long) as made:
            if ground.entries is None:
                seen_ns = time.time_ns()
                ground.look(discover(root, config, [out], looked), seen_ns)
            seen_ns, entries = ground.seen_ns, ground.entries
            assert entries is not None
            key = inputs_key(root, out, config, formats, ground.described, code)
            lying = ground.lying if ground.lying is not None else made.get()
            lying = ground.lying = listing(out) if lying is None else lying
        is_as_left = state is not None and state.outputs == lying
        if state is not None and is_as_left and state.inputs == key and not racy(entries, state.seen_ns):
            built = Built(state.files, 0, 0, state.pages, 0, 0, state.said)
            if settled is not None and looked is not None:
                settled(looked, seen_ns, lying, built)
            return built
        with _writer(out, store, state, ground, is_as_left) as writer:
            amended = _amended(asked, ground, base, state, writer) if is_as_left else None
            built, is_final = (amended, True) if amended is not None else _build(asked, entries, base, writer, is_as_left)
        ground.touched.update(writer.touched)
        lying = ground.lying = relisted(lying, writer.touched)
        ground.pages = writer.now
        if not is_as_left or writer.removed or writer.now.keys() != writer.before.keys():
            store.set_meta(_PATHS, ENCODE([*map(os.fsencode, writer.now)]))
        store.set_meta(STATE, ENCODE(State(key if is_final else b"", lying, seen_ns, built.files, built.pages, built.said)))
        if settled is not None and looked is not None and is_final:
            settled(looked, seen_ns, lying, built)
        return built


def _take_over(ground: Ground, seen: Seen, root: Path, out: Path, store: Store, base: bytes, looked: Looked | None) -> None:
    """Know the tree from what the last build kept, and from which of its paths are other ones now, if these are files that stay files.

    What is in the output is what the last build left, and so is what is kept. Folders are as they were, or have nothing that they had not:
    many programs write a file beside its place, and move it there.
    """
    from .kept import kept_of  # there is something to do

    kept = kept_of(store, base)
    if kept is None:
        return
    entries = list(map(entry_of, kept.entries))
    numbers = {f"{root}/{entry.path}": number for number, entry in enumerate(entries)}
    others = dict[int, Entry]()
    for place in seen.other:
        if _is_folder_as_it_was(place, root, out, entries, seen):
            continue
        number = numbers.get(place, -1)
        entry = file_at(str(root), entries[number].path) if number >= 0 and place.rpartition("/")[2] not in DECIDING else None
        if entry is None or entries[number].kind != "file":
            return
        others[number] = entry
    if not seen.output.is_as_left():
        return
    ground.kept, ground.lying = kept, seen.output.lying
    ground.entries, ground.described, ground.seen_ns = entries, list(kept.entries), seen.seen_ns
    for number, entry in others.items():
        ground.put(number, entry)
    if looked is not None:
        looked.paths = seen.tree


def _is_folder_as_it_was(place: str, root: Path, out: Path, entries: list[Entry], seen: Seen) -> bool:
    """Whether a path was a folder with files of the tree, and has nothing in it that was not looked at."""
    base, own = f"{place}/"[len(f"{root}/") :], (str(out), f"{root}/.git")  # what lies in these two decides by itself
    if not f"{place}/".startswith(f"{root}/") or not any(entry.path.startswith(base) for entry in entries):
        return False
    return all(path in seen.tree or path in own for path in paths_in(place))


def _writer(out: Path, store: Store, state: State | None, ground: Ground, is_as_left: bool) -> Writer:
    """What writes the files, with what is known of those of the last build: which nobody has touched since, and all that it had."""
    if is_as_left and state is not None:
        writer = Writer(out, before=ground.pages, is_as_left=True)
        if len(writer.before) == state.pages:
            return writer
        with writer:  # a manifest that cannot be read tells nothing
            pass
    paths = store.meta(_PATHS)
    if state is None or paths is None:
        return Writer(out)
    assert ground.lying is not None
    return Writer(out, unspoiled(state.outputs, ground.lying), map(os.fsdecode, msgspec.msgpack.decode(paths, type=list[bytes])))


def _amended(asked: _Asked, ground: Ground, base: bytes, state: State | None, writer: Writer) -> Built | None:
    """What was done after a small change; None where it was not small."""
    from .amend.small import rebuilt

    if state is None:
        return None
    with _uncollected():
        done = rebuilt(asked.root, asked.out, asked.config, asked.store, ground, asked.formats, base, state, writer, asked.jobs)
    if done is None:
        writer.start_over()  # of what was written ahead the whole build decides
        return None
    if asked.held is not None:
        asked.held.append(done.view)
    return Built(len(ground.described), done.scanned, done.extracted, len(writer.now), writer.written, writer.removed)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles of objects that nobody needs: of what is made here, all is needed, and is much to look at."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _count(book: Book, config: Config, formats: tuple[str, ...]) -> None:
    """Make sure that there are no more pages than the configuration allows; nothing has been written yet."""
    most = config.limits.pages
    if {"md", "html"}.isdisjoint(formats) or book.most_pages() <= most:
        return
    pages = len(book.refs())
    if pages > most:
        raise LimitError(f"the tree has {pages:,} pages, more than {most:,} ([limits] pages in gazetteer.toml)")


def _need_protobuf() -> None:
    """Make sure that the format ``scip`` can be written, without importing what writes it."""
    try:
        found = find_spec("google.protobuf")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise UsageError("SCIP needs protobuf, which is not installed; expected: pip install 'gazetteer[scip]'")


def _build(asked: _Asked, entries: list[Entry], base: bytes, writer: Writer, is_as_left: bool) -> tuple[Built, bool]:
    """What was done, and whether another build of the same would do the same: of a file that could not be read it may know more."""
    from .amend.parts import Parts
    from .amend.reach import Reach, is_laid_out_as, layout_of
    from .amend.renewed import fetch_rest, renewed
    from .compose import Book
    from .compose.references import said_of
    from .gather import gather, is_unlucky
    from .kept import keep, keep_renewed, kept_of
    from .known import Known, read_records
    from .naming import tree_name
    from .opening import overlay_of
    from .outputs import outputs
    from .resolve import resolve_into, unresolved
    from .writing import WORTH, write_all

    root, out, config, store, formats, jobs = asked.root, asked.out, asked.config, asked.store, asked.formats, asked.jobs
    with _uncollected():
        kept = kept_of(store, base) if is_as_left else None
        known = Known(kept.files, kept.learned, store) if kept is not None else None
        gathered = gather(root, entries, config, store, asked.executor, asked.progress, known)
        if asked.executor is not None and jobs > 1:
            asked.executor.shutdown()
        atlas = unresolved(tree_name(root, gathered.files, config), gathered.files, config.links.rev)
        book = Book(atlas, config, layout_of(atlas, config, kept))
        processes = jobs if len(atlas.files) >= WORTH else 1
        found = renewed(kept, store, book, config, processes) if kept is not None and is_laid_out_as(kept, book) else None
        is_final = not any(is_unlucky(f) for f in gathered.files)
        overlay = overlay_of(asked.indexes)
        base = base if is_final and overlay is None else b""  # what is kept is of no use to the next build
        if found is not None:
            reach = Reach(found, store, book)
            leave = partial(keep_renewed, store, base, gathered, book, found, reach.folders)
            ready = partial(fetch_rest, found.kept, book, store)
        else:
            reach, leave, ready = None, partial(keep, store, base, gathered, book), partial(read_records, gathered.files, store)
            read_records(gathered.files, store)
            resolve_into(atlas, config, processes, partial(book.look, processes), overlay)
            book.measure_all(jobs)
        _count(book, config, formats)
        work = None
        if kept is not None and reach is not None:
            parts = Parts(reach, root, out, config, formats, kept.depended, writer.before.keys(), writer)
            if writer.keep_all_but(parts.before()):
                work = [output for part in parts.data for output in part.outputs()] + list(parts.outputs())
        if work is None:
            work = list(outputs(book, root, out, config, formats))
    if asked.held is not None:
        asked.held.append(book)
    # What is kept is committed with the rest of the store, at the end of the build.
    write_all(work, writer, jobs, leave, ready)
    writer.finish()
    said = tuple(map(said_of, atlas.indexed))
    return Built(len(entries), gathered.scanned, gathered.extracted, len(writer.now), writer.written, writer.removed, said), is_final
