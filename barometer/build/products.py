"""What an edition consists of: each product is made again only where something that it rests on changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from barometer.build.fingerprint import digest
from barometer.build.grounds import Grounds, Present
from barometer.build.store import place, seal, unseal
from barometer.build.trace import PACKAGE, Trace
from barometer.build.why import DAMAGED, FORCED, NEW
from barometer.errors import ReportError

_IMPORT = re.compile(
    rf"^\s*from ({PACKAGE.name}[\w.]*) import (\([^)]*\)|[^#\n]*)|^\s*import ({PACKAGE.name}[\w.]*)",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")

Files = Mapping[str, bytes]
"""The content of files by their path in the edition."""
Made = tuple[Files, tuple[str, ...]] | ReportError
"""Files with the words that were asked for while they were made, or why they could not be made."""


@dataclass(frozen=True)
class Product:
    """Files that are made together, such as a page and its figures.

    Attributes
    ----------
    rests_on
        All that it depends on but for the words, which are noticed while it is made.
    make
        Returns the files, and raises a ReportError if they can't be made.
    chapters
        Whose content it holds.
    apart
        Whether it is worth a process of its own, beside the others.
    """

    name: str
    rests_on: Grounds
    make: Callable[[], Files]
    chapters: tuple[str, ...] = ()
    apart: bool = False


class Workshop:
    """Fills a folder with products, with those of the earlier edition as far as they can stay."""

    def __init__(
        self,
        folder: Path,
        *,
        earlier: Path,
        present: Present,
        record: Path | None = None,
        force: Collection[str] = (),
        tell: Callable[[str, tuple[str, ...]], None] = lambda name, why: None,
    ) -> None:
        """Prepare to fill the folder.

        Parameters
        ----------
        earlier, record
            The edition that is published now, and where it is recorded what its products rest on.
        force
            Chapters whose products are made in any case.
        tell
            Is called with the name of each product and why it is made, nothing if it stays.
        """
        self.present, self.changed = present, False
        self._folder, self._earlier, self._record = folder, earlier, record
        self._force, self._tell = frozenset(force), tell
        self._known = json.loads((record and unseal(record)) or "{}")
        self._made: dict[str, Any] = {}

    def make(
        self, products: Iterable[Product], pool: Callable[[], AbstractContextManager[Executor]] | None = None
    ) -> dict[str, ReportError]:
        """Make what can't stay as it is, and return what could not be made, with the reason.

        Of what can't be made the earlier files stay. The pool gives the processes for what is worth one of
        its own.
        """
        stale = [product for product in products if not self._stays(product)]
        apart = [product for product in stale if product.apart] if len(stale) > 1 else []
        failed: dict[str, ReportError] = {}
        with ExitStack() as stack:
            executor = stack.enter_context(pool()) if apart and pool else None
            running = {each.name: executor.submit(traced, each.make) for each in apart if executor}
            for product in sorted(stale, key=lambda each: each.name in running):  # what is made here first
                elsewhere = running.get(product.name)
                made = elsewhere.result() if elsewhere else _attempt(product.make, self.present.trace)
                self._finish(product, made, failed)
        return failed

    def _finish(self, product: Product, made: Made, failed: dict[str, ReportError]) -> None:
        """Write what was made, or note why it could not be."""
        if not isinstance(made, ReportError):
            self._write(product, *made)
            return
        failed[product.name] = made
        for name in self._known.get(product.name, {"files": [product.name]})["files"]:
            if (self._earlier / name).exists():
                place(self._earlier / name, self._folder / name)

    def sizes(self, product: str) -> dict[str, int]:
        """Return the size of each file of a product in bytes."""
        return {name: (self._folder / name).stat().st_size for name in self._made[product]["files"]}

    def record(self) -> None:
        """Note what the products rest on, once they are published."""
        if self._record:
            seal(self._record, json.dumps(self._made))

    def _why(self, product: Product) -> tuple[str, ...]:
        """Return why a product has to be made, nothing if it can stay."""
        if self._force.intersection(product.chapters):
            return (FORCED,)
        known = self._known.get(product.name)
        if not known:
            return (NEW,)
        if changed := self.present.changed(known["rests_on"], product.rests_on):
            return changed
        intact = all(_holds(self._earlier / name, sha256) for name, sha256 in known["files"].items())
        return () if intact else (DAMAGED,)

    def _stays(self, product: Product) -> bool:
        """Take a product over from the earlier edition if it can stay; say whether it does."""
        why = self._why(product)
        self._tell(product.name, why)
        if not why:
            self._made[product.name] = self._known[product.name]
            for name in self._known[product.name]["files"]:
                place(self._earlier / name, self._folder / name)
        return not why

    def _write(self, product: Product, files: Files, words: tuple[str, ...]) -> None:
        for name, content in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # what is linked from elsewhere is not to be written to
            path.write_bytes(content)
        self.changed = True
        self._made[product.name] = {
            "rests_on": {**product.rests_on, **self.present.known(f"word {each}" for each in words)},
            "files": {name: digest(self._folder / name) for name in files},
        }


def traced(make: Callable[[], Files]) -> Made:
    """Make files in a process of their own; return what became of it."""
    return _attempt(make, Trace(Path.cwd()))


def _attempt(make: Callable[[], Files], trace: Trace) -> Made:
    trace.begin()
    try:
        return make(), trace.take().words
    except ReportError as error:
        return error


def code(*modules: str, templates: Iterable[str] = ()) -> list[str]:
    """Return as grounds all modules that some modules of this package rest on, and files of it."""
    reached = {name for module in modules for name in _imports(module)}
    files = (path for name in templates for path in _files(PACKAGE / name))
    return [
        *(f"code {name}" for name in sorted(reached)),
        *(f"template {path.relative_to(PACKAGE).as_posix()}" for path in files),
    ]


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(each for each in path.rglob("*.*") if each.is_file())


@cache
def _imports(module: str) -> frozenset[str]:
    """Return a module of this package and all that it imports of it, directly or not."""
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_imported(name))
    return frozenset(reached)


@cache
def _imported(module: str) -> tuple[str, ...]:
    """Return the modules of this package that a module names in its imports, and the packages around it.

    The outermost one is left out: it imports chapters only when a notebook asks for them.
    """
    spec = find_spec(module)
    text = Path(spec.origin).read_text("utf-8") if spec and spec.origin else ""
    found = set(named(text)) | {module.rpartition(".")[0]}
    return tuple(name for name in found if name.startswith(f"{PACKAGE.name}.") and _exists(name))


def named(text: str) -> Iterator[str]:
    """Yield what may be a module of this package in the imports of a module.

    Read from the text: to parse all modules takes longer than to render a page.
    """
    for package, names, alone in _IMPORT.findall(text):
        yield package or alone
        yield from (f"{package}.{each}" for each in _WORD.findall(names))


def _exists(name: str) -> bool:
    stem = PACKAGE.parent.joinpath(*name.split("."))
    return stem.with_suffix(".py").is_file() or (stem / "__init__.py").is_file()


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and digest(path) == sha256
