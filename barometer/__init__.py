"""The Danish Innovation Barometer as a reproducible report.

`data/ + notebooks/ + params.yaml -> barometer -> reports/`. A chapter starts with
``from barometer import open_chapter``; everything else is imported from its own module.
"""

__version__ = "0.1.0"
__all__ = ["open_chapter"]


def __getattr__(name: str) -> object:
    """Give `open_chapter` on first use, so that the command line starts without pandas."""
    if name == "open_chapter":
        from barometer.opening import open_chapter

        return open_chapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
