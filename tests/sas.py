"""Write .sas7bdat files: nothing offers that for Python, but the library behind pyreadstat has it."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from pyreadstat import _readstat_writer

DOUBLE, BYTES = 5, 8  # what ReadStat calls a number, and how long it is
Pointer = ctypes.c_void_p


def write_sas(frame: pd.DataFrame, path: Path, *, labels: Mapping[str, str]) -> None:
    """Write columns of numbers as SAS does; a letter is one of its missing values, ``.r`` or ``.d``.

    pandas, which reads the form by code of its own, is asked whether the file is good.
    """
    library = ctypes.CDLL(_readstat_writer.__file__)
    if not hasattr(library, "readstat_begin_writing_sas7bdat"):
        pytest.skip("pyreadstat hides its library on this system")
    library.readstat_writer_init.restype = library.readstat_add_variable.restype = Pointer
    content = bytearray()

    @ctypes.CFUNCTYPE(ctypes.c_ssize_t, Pointer, ctypes.c_size_t, Pointer)
    def keep(data: int, size: int, _: int) -> int:
        content.extend(ctypes.string_at(data, size))
        return size

    writer = Pointer(library.readstat_writer_init())
    library.readstat_set_data_writer(writer, keep)
    variables = {}
    for name in frame:
        variable = library.readstat_add_variable(writer, name.encode(), DOUBLE, ctypes.c_size_t(BYTES))
        variables[name] = Pointer(variable)
        library.readstat_variable_set_label(variables[name], labels.get(name, "").encode())
    assert library.readstat_begin_writing_sas7bdat(writer, None, ctypes.c_long(len(frame))) == 0
    for row in frame.to_dict("records"):
        library.readstat_begin_row(writer)
        for name, value in row.items():
            if isinstance(value, str):
                library.readstat_insert_tagged_missing_value(
                    writer, variables[name], ctypes.c_char(value.upper().encode())
                )
            else:
                library.readstat_insert_double_value(writer, variables[name], ctypes.c_double(value))
        library.readstat_end_row(writer)
    assert library.readstat_end_writing(writer) == 0
    library.readstat_writer_free(writer)
    path.write_bytes(content)
    numbers = frame.where(frame.map(lambda value: not isinstance(value, str))).astype(float)
    pd.testing.assert_frame_equal(pd.read_sas(path, encoding="utf-8"), numbers)
