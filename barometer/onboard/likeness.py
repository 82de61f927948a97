"""When do two texts say the same? Certain: the same words in their order. Otherwise a score to choose by."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

_SLIP = 0.85  # of the letters of a word are the same: a slip of the pen, not another word
_SHORTEST = 5  # letters; in shorter words a letter makes another word
_NUMBERING = re.compile(r"^\W*(?:[^\W\d_]{1,4}\.?\s?)?\d+[^\W\d_]?(?:[._-]\w{1,3})*\s*[.:)\]–-]*\s+")


def words(text: str) -> tuple[str, ...]:
    """Return the words and numbers of a text in small letters; marks between them don't count."""
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def without_number(label: str) -> str:
    """Return a label without the number of the question before it: ``Q7b. Channels`` is ``Channels``."""
    rest = _NUMBERING.sub("", label, count=1)
    return rest if words(rest) else label


def same(left: Sequence[str], right: Sequence[str]) -> bool:
    """Tell whether two texts are the same word for word, slips of the pen apart.

    A word that is put in, left out or moved may turn the meaning round; so may the first letter
    (*enig*, *uenig*). Such texts are not the same.
    """
    pairs = zip(left, right, strict=False)
    return bool(left) and len(left) == len(right) and all(a == b or _slip(a, b) for a, b in pairs)


@lru_cache(maxsize=100_000)
def _slip(left: str, right: str) -> bool:
    if min(len(left), len(right)) < _SHORTEST or left[0] != right[0] or not (left + right).isalpha():
        return False
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio() >= _SLIP


def likeness(texts: Sequence[str], phrases: Sequence[str]) -> NDArray[np.float64]:
    r"""Return how alike each text and each phrase are, from 0 to 1.

    The cosine of the angle between their counts of three letters in a row, where rare ones count more:
    :math:`\ln(1 + N / n_t)` for a trigram that stands in :math:`n_t` of the :math:`N` phrases [1]_.

    References
    ----------
    .. [1] Manning, Raghavan and Schütze (2008), *Introduction to Information Retrieval*, section 6.2-6.3.
    """
    left, right = [_trigrams(text) for text in texts], [_trigrams(phrase) for phrase in phrases]
    known = {gram: at for at, gram in enumerate(sorted({gram for each in (*left, *right) for gram in each}))}
    seen = Counter(gram for each in right for gram in each)
    rarity = np.array([np.log1p(len(right) / max(seen[gram], 1)) for gram in known])
    product = _unit(left, known, rarity) @ _unit(right, known, rarity).T
    return np.clip(product.toarray(), 0, 1)


def _trigrams(text: str) -> Counter[str]:
    return Counter(f" {word} "[at : at + 3] for word in words(text) for at in range(len(word)))


def _unit(counts: Sequence[Counter[str]], known: dict[str, int], rarity: NDArray[np.float64]) -> csr_matrix:
    """Return one row a text, of length one."""
    rows = [at for at, each in enumerate(counts) for _ in each]
    columns = [known[gram] for each in counts for gram in each]
    values = [count for each in counts for count in each.values()]
    matrix = csr_matrix((np.array(values, float), (rows, columns)), shape=(len(counts), len(known)))
    weighted = matrix.multiply(rarity).tocsr()
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
    return csr_matrix(weighted.multiply(1 / np.where(length, length, 1)[:, None]))


def cut_to(phrases: Iterable[str], length: int) -> tuple[str, ...]:
    """Return phrases as a file cuts them that keeps only so many letters of a label."""
    return tuple(phrase[:length].rstrip() for phrase in phrases)
