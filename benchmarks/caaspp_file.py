"""Write a statewide CAASPP research file of made-up results, the same for the same seed.

The layout is that of 2017 to 2019: 32 columns, commas, every cell quoted but the empty ones. As
in the published files, rows stand by county, district and school, each after its total; a school
has rows of its grades and of all together, of two tests and of many student groups; and results
of fewer than eleven students are starred. About a tenth of the schools are in Los Angeles Unified.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from caaspp_contenders import DISTRICT, ERA

from autonomy_stats.loaders.california_groups import GROUPS
from autonomy_stats.simulate.files_california_caaspp import caaspp_header

YEAR = 2018

READ = [int(group) for group in GROUPS]
NOT_READ = [*range(90, 95), 121, 170, 190, *range(200, 208), *range(220, 228)]
CODES_OF_GROUPS = np.array(READ + NOT_READ)
REST_OF = {111: 31, 99: 128}
"""Groups that are everyone but those of another group."""

ALL_GRADES = 13
GRADES = ((3, 4, 5, ALL_GRADES), (6, 7, 8, ALL_GRADES), (11, ALL_GRADES))
TOTAL_GRADES = (3, 4, 5, 6, 7, 8, 11, ALL_GRADES)
ROWS_OF_A_SCHOOL = 340
COUNTIES = 58
FEWEST = 11
AT_A_TIME = 100_000

HUNDREDTHS = pa.array([f'"{n / 100:.2f}"' for n in range(10_001)])
"""Percents with two decimals, by their hundredths."""

TENTHS = pa.array([f'"{n / 10:.1f}"' for n in range(30_000)])


def write_statewide(path: Path, n_rows: int, seed: int = 0) -> Path:
    """Write a file of a number of rows."""
    rng = np.random.default_rng(seed)
    places, sizes, kinds = _places(n_rows, rng)
    keys = _keys(kinds, n_rows, rng)
    shares = _shares(len(places), rng)
    with path.open("wb") as stream:
        stream.write(",".join(f'"{text}"' for text in caaspp_header(ERA)).encode() + b"\r\n")
        for start in range(0, n_rows, AT_A_TIME):
            some = keys[start : start + AT_A_TIME]
            cells = [*_who(places, some), *_results(some, sizes, shares, rng)]
            stream.write(_lines(cells))
    return path


def _places(n_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return codes, size and kind of each school and total, in the order of their codes.

    The codes are county, district and school; the kind is an index of `GRADES`, or its length for
    a total.
    """
    n = -(-n_rows // ROWS_OF_A_SCHOOL)
    county = rng.integers(1, COUNTIES + 1, n)
    district = 60_000 + 60 * county + rng.integers(0, 20, n)
    here = -(-n // 10)
    county[:here], district[:here] = int(DISTRICT[:2]), int(DISTRICT[2:])
    school = rng.choice(np.arange(100_000, 7_000_000), n, replace=False)
    schools = np.column_stack([county, district, school])
    totals = [schools * [1, 1, 0], schools * [1, 0, 0], [[0, 0, 0]]]
    above = np.unique(np.concatenate(totals), axis=0)
    codes = np.concatenate([schools, above])
    kinds = np.concatenate(
        [rng.choice(len(GRADES), n, p=[0.7, 0.18, 0.12]), np.full(len(above), len(GRADES))]
    )
    sizes = rng.lognormal(4.3, 0.5, len(codes)) * np.where(kinds == len(GRADES), 30, 1)
    order = np.lexsort(codes.T[::-1])
    return codes[order], sizes[order], kinds[order]


def _keys(kinds: np.ndarray, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return place (by its index), test, group (by its index) and grade of each row."""
    kinds_of_rows = [
        np.array(
            [(t, g, grade) for t in (1, 2) for g in range(len(CODES_OF_GROUPS)) for grade in k]
        )
        for k in (*GRADES, TOTAL_GRADES)
    ]
    parts = [kinds_of_rows[kind] for kind in kinds]
    place = np.repeat(np.arange(len(kinds)), [len(part) for part in parts])
    keys = np.column_stack([place, np.concatenate(parts)])
    # Published files have no row of a group that nobody is of; all students are the first group.
    of_groups = np.flatnonzero(keys[:, 2])
    gone = rng.choice(of_groups, len(keys) - n_rows, replace=False)
    return np.delete(keys, gone, axis=0)


def _shares(n_places: int, rng: np.random.Generator) -> np.ndarray:
    """Return the share of each place's students that are of each group."""
    usual = rng.uniform(0.02, 0.6, len(CODES_OF_GROUPS))
    shares = np.clip(usual * rng.lognormal(0, 0.4, (n_places, len(usual))), 0.005, 0.95)
    at = {code: index for index, code in enumerate(CODES_OF_GROUPS)}
    shares[:, at[1]] = 1.0
    for rest, group in REST_OF.items():
        shares[:, at[rest]] = 1 - shares[:, at[group]]
    return shares


def _who(places: np.ndarray, keys: np.ndarray) -> Iterator[pa.Array]:
    """Yield the cells of the first columns, up to the test type."""
    for column, width in zip(places.T, (2, 5, 7), strict=True):
        texts = pa.array([f'"{code:0{width}d}"' for code in column])
        yield texts.take(pa.array(keys[:, 0]))
    yield _same("", keys)
    yield _same(f'"{YEAR}"', keys)
    yield _quoted(CODES_OF_GROUPS[keys[:, 2]])
    yield _same('"B"', keys)


def _results(
    keys: np.ndarray, sizes: np.ndarray, shares: np.ndarray, rng: np.random.Generator
) -> Iterator[pa.Array]:
    """Yield the cells of the other columns: numbers of students, then scores and percents."""
    place, test, group, grade = keys.T
    whole = sizes[place] * np.where(grade == ALL_GRADES, 3, 1)
    enrolled = np.round(whole * shares[place, group]).astype(np.int64)
    tested = np.round(enrolled * rng.uniform(0.95, 1, len(keys))).astype(np.int64)
    scored = np.round(tested * rng.uniform(0.98, 1, len(keys))).astype(np.int64)
    hidden = scored < FEWEST
    total = np.round(3 * sizes[place]).astype(np.int64)
    yield from (_quoted(total), _quoted(total), _quoted(grade), _quoted(test))
    yield from (_quoted(enrolled), _quoted(tested))
    blank = pa.array(np.where(grade == ALL_GRADES, "", '"*"'))
    mean = TENTHS.take(pa.array(rng.integers(22_000, 28_000, len(keys))))
    yield pc.if_else(pa.array(hidden | (grade == ALL_GRADES)), blank, mean)
    met_and_above, exceeded, nearly = rng.integers(0, 10_001, (3, len(keys)))
    exceeded, nearly = (
        exceeded * met_and_above // 10_000,
        nearly * (10_000 - met_and_above) // 10_000,
    )
    levels = (exceeded, met_and_above - exceeded, met_and_above, nearly)
    yield from (_percents(level, hidden) for level in levels)
    yield _percents(10_000 - met_and_above - nearly, hidden)
    yield _quoted(scored)
    for _ in range(4):
        above, near = rng.integers(0, 5_001, (2, len(keys)))
        yield from (_percents(cell, hidden) for cell in (above, near, 10_000 - above - near))


def _percents(hundredths: np.ndarray, hidden: np.ndarray) -> pa.Array:
    """Return percents as text, starred where they are hidden."""
    return pc.if_else(pa.array(hidden), '"*"', HUNDREDTHS.take(pa.array(hundredths)))


def _quoted(numbers: np.ndarray) -> pa.Array:
    """Return whole numbers as text, in quotes."""
    return pc.binary_join_element_wise('"', pa.array(numbers).cast(pa.string()), '"', "")


def _same(text: str, keys: np.ndarray) -> pa.Array:
    """Return a column of one text."""
    return pa.repeat(pa.scalar(text), len(keys))


def _lines(cells: list[pa.Array]) -> memoryview:
    """Return rows of cells as the bytes of their lines."""
    rows = pc.binary_join_element_wise(*cells, ",")
    lines = pc.binary_join_element_wise(rows, "", "\r\n")
    return memoryview(lines.buffers()[2])
