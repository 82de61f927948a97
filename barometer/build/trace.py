"""What a process reads while it works: files, modules of the package, words; kernels load it as an extension.

Python tells every audit hook which file is opened, and `Words` which key is asked for. What libraries open by
themselves in C is not told: of the data, everything that params.yaml names counts as read anyway.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

EXTENSION = __name__
PACKAGE = Path(__file__).parents[1]
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr")
_CHANGING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Traced:
    """What was read: files, modules, and words as ``language key``; and the most memory taken, in bytes."""

    files: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    peak: int = 0


class Trace:
    """Listens from when it is made until the process ends."""

    def __init__(self, root: Path) -> None:
        """Start to listen; of the files in a hidden folder, only those in `root` itself count."""
        self._root = str(root)
        self._ignored = tuple({sys.prefix, sys.base_prefix, tempfile.gettempdir(), *_SYSTEM})
        self._opened: set[str] = set()
        self._said: set[str] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "barometer.words":
            self._said.add(" ".join(details))
        elif event == "open" and isinstance(details[0], str) and not details[2] & _CHANGING:
            self._opened.add(details[0])

    def begin(self) -> None:
        """Forget what was read so far."""
        self._opened.clear()
        self._said.clear()

    def take(self) -> Traced:
        """Return what was read so far."""
        # Copies are made in one step: other threads of a kernel may open files meanwhile.
        opened = {os.path.abspath(path) for path in self._opened.copy()}
        modules = [name for name in sys.modules.copy() if name.partition(".")[0] == PACKAGE.name]
        files = [self._name(path) for path in opened if self._counts(path)]
        return Traced(tuple(sorted(files)), tuple(sorted(modules)), tuple(sorted(self._said.copy())), _peak())

    def _name(self, path: str) -> str:
        """Return a path from the project's folder, where it lies inside: a project may be a copy."""
        inside = Path(path).is_relative_to(self._root)
        return Path(os.path.relpath(path, self._root) if inside else path).as_posix()

    def _counts(self, path: str) -> bool:
        """Say whether a file is the project's, or its reader's, and neither code nor words."""
        if Path(path).is_relative_to(PACKAGE):
            return not path.endswith((".py", ".pyc")) and Path(path).parent.name != "words"
        inside = Path(path).is_relative_to(self._root)
        if not inside and path.startswith(self._ignored):
            return False
        hidden = any(part.startswith(".") for part in Path(self._name(path)).parts)
        return not hidden and os.path.isfile(path)


def _peak() -> int:
    """Return the most memory that this process ever took, in bytes; 0 where the system doesn't count it."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Listen in a kernel, and write after each cell what was read so far: kernels are not ended gently."""
    from ipykernel.connect import get_connection_file

    trace = Trace(Path.cwd())
    place = trace_file(get_connection_file())
    shell.events.register("post_execute", lambda: place.write_text(json.dumps(asdict(trace.take()))))


def trace_file(connection_file: str) -> Path:
    """Return where a kernel writes what it read: beside its connection file, whose name is its own."""
    return Path(connection_file).with_suffix(".trace")


def read_trace(connection_file: str) -> Traced:
    """Return what a kernel wrote, and remove it.

    Raises
    ------
    FileNotFoundError
        If it wrote nothing: then nobody knows what the chapter rests on.
    """
    place = trace_file(connection_file)
    found = json.loads(place.read_text("utf-8"))
    place.unlink()
    return Traced(tuple(found["files"]), tuple(found["modules"]), tuple(found["words"]), found["peak"])
