"""Executed notebooks to readers: accessible HTML pages and one tagged PDF.

`document` reads a notebook once for both formats; `html` and `pdf` are nbconvert exporters.
"""
