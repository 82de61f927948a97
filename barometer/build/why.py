"""Say in words why something was built again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

FORCED, NEW, DAMAGED = "forced", "new", "damaged"
MOST = 3  # names that are listed of one kind
WHYS = {
    FORCED: "it was forced",
    NEW: "there was none",
    DAMAGED: "what was kept of it is damaged or gone",
}
KINDS = {"word": "words", "parameter": "parameters", "package": "environment"}


def said(why: Iterable[str]) -> str:
    """Return the grounds that changed in one line, e.g. ``data: data/cases.yaml; words: en page.next``.

    Parameters
    ----------
    why
        Grounds, such as ``word en page.next``, or one of the keys of `WHYS`.
    """
    pairs = sorted(tuple(ground.split(" ", 1)) for ground in why if ground not in WHYS)
    lists = [WHYS[ground] for ground in why if ground in WHYS]
    for kind, group in groupby(pairs, key=lambda pair: pair[0]):
        names = [name for _, name in group]
        more = [f"{len(names) - MOST} more"] if len(names) > MOST else []
        lists.append(f"{KINDS.get(kind, kind)}: {', '.join([*names[:MOST], *more])}")
    return "; ".join(lists)
