"""The cells of a workbook as text, against openpyxl and pandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from measure import OURS, Case

WHAT = "workbook to cells of text"
SIZES, QUICK = (5_000, 50_000), (100, 1_000)
COLUMNS = 20


def write(folder: Path, rows: int) -> None:
    """Write a workbook of ids, names and numbers."""
    import numpy as np
    import xlsxwriter

    rng = np.random.default_rng(0)
    with xlsxwriter.Workbook(folder / "book.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Results")
        sheet.write_row(0, 0, ["id", "name", *(f"x{n}" for n in range(COLUMNS - 2))])
        for row in range(1, rows + 1):
            numbers = rng.uniform(0, 100, COLUMNS - 2).round(1).tolist()
            sheet.write_row(row, 0, [f"{row:08d}", f"School {row % 500}", *numbers])


def _ours(folder: Path, _rows: int) -> Callable[[], object]:
    from autonomy_stats.raw import open_raw

    return lambda: open_raw(folder / "book.xlsx").sheet("Results").rows


def _openpyxl(folder: Path, _rows: int) -> Callable[[], object]:
    from openpyxl import load_workbook

    def work() -> object:
        book = load_workbook(folder / "book.xlsx", read_only=True)
        rows = book["Results"].iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]

    return work


def _pandas(folder: Path, _rows: int) -> Callable[[], object]:
    import pandas as pd

    return lambda: pd.read_excel(folder / "book.xlsx", dtype=str, engine="openpyxl")


CASES = (
    Case(WHAT, OURS, SIZES, QUICK, "rows", work=_ours, write=write),
    Case(WHAT, "openpyxl, read-only", SIZES, QUICK, "rows", work=_openpyxl, needs="openpyxl"),
    Case(WHAT, "pandas.read_excel", SIZES, QUICK, "rows", work=_pandas, needs="openpyxl"),
)
