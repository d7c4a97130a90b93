"""California: what its files share. Ids, sectors, and rows that are no school's.

A school is its 14-digit county-district-school (CDS) code: county 2, district 5, school 7 digits.
`district_id` is the first 7 digits: Los Angeles Unified is `1964733`. The last 7 name the school
wherever it stands: the first release of 2015 prints other district codes for directly funded
charters, which `settle` replaces by those of the entities file. Codes have fixed widths, so that a
release which drops their leading zeros loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, LayoutError
from autonomy_stats.loaders.cells import check_ids, first_row, too_many
from autonomy_stats.loaders.layout import Sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AGENCY",
    "SECTORS",
    "check_year",
    "identity",
    "is_elsewhere",
    "is_in_other_county",
    "is_total",
    "meaning_of",
    "one_year",
    "settle",
    "traces",
]

AGENCY = "California Department of Education"

SECTORS = {"7": "district", "9": "charter_direct", "10": "charter_local"}
"""Type ID of a school: charters funded directly, and through their district (affiliated). The
types 4 (state), 5 (county) and 6 (district) are totals."""

WIDTHS = {"county": 2, "district": 5, "school": 7}
WIDEST = {"district": 5, "school": 6}
"""Digits that some code of a file has, even where the zeros before codes were dropped."""

COUNTY, DISTRICT, SCHOOL = 2, 7, 14


def identity(sheet: Sheet, end_year: int) -> pd.DataFrame:
    """Return who each row is about, from its three codes."""
    import pandas as pd

    codes = {
        name: check_ids(sheet, name, rf"\d{{1,{width}}}", f"a code of {width} digits").str.zfill(
            width
        )
        for name, width in WIDTHS.items()
    }
    _check_codes(sheet, codes)
    district = codes["county"] + codes["district"]
    return pd.DataFrame(
        {
            "state": "california",
            "end_year": end_year,
            "district_id": district,
            "school_id": district + codes["school"],
        },
        index=sheet.frame.index,
    )


def _check_codes(sheet: Sheet, codes: Mapping[str, pd.Series]) -> None:
    """Raise where a column of codes is none: all are too short, or a district has two counties."""
    for name, width in WIDEST.items():
        longest = sheet.frame[name].str.strip().str.len().max()
        if longest < width:  # no row: not a number, and not less
            raise DataError(
                f"{sheet.where(None, name)}: no code has more than {longest:g} digits; expected "
                f"some of {width} or more. A column may stand under another's header"
            )
    first = ~(codes["county"] + codes["district"]).duplicated()
    apart = first & codes["district"].where(first).duplicated()
    if too_many(apart, first):
        row = first_row(apart)
        raise DataError(
            f"{sheet.where(row, 'county')}: got county {codes['county'][row]!r} for the district "
            f"{codes['district'][row]!r}, which another row has in another county"
        )


def meaning_of(
    sheet: Sheet, column: str, meanings: Mapping[str, str], *, padded: bool = False
) -> pd.Series:
    """Return what the cells of a column mean.

    Parameters
    ----------
    sheet : Sheet
        A sheet under its layout.
    column : str
        Field name.
    meanings : mapping of str to str
        Each text that may stand there, with its meaning.
    padded : bool
        Whether the texts are numbers that may have leading zeros.

    Raises
    ------
    DataError
        Naming the first cell that is none of the texts.
    """
    text = sheet.frame[column].str.strip()
    plain = text.str.lstrip("0") if padded else text
    if (wrong := ~plain.isin(list(meanings))).any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, column)}: got {text[row]!r}; expected one of "
            f"{', '.join(map(repr, meanings))}"
        )
    return plain.map(meanings).astype("str")


def one_year(sheet: Sheet) -> int:
    """Return the one year that the rows name."""
    years = sheet.frame["year"]
    found = years[years.str.fullmatch(r"20\d\d").astype(bool)]
    if found.empty:
        row = int(years.index[0])
        raise LayoutError(
            f"{sheet.where(row, 'year')}: got {years.iloc[0]!r}; expected a spring year like 2016"
        )
    return int(found.iloc[0])


def check_year(sheet: Sheet, end_year: int) -> None:
    """Refuse a row of another year than the file's."""
    wrong = sheet.frame["year"] != str(end_year)
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'year')}: got {sheet.frame.loc[row, 'year']!r}; expected "
            f"{end_year}, as the rows above"
        )


def is_total(columns: Mapping[str, Any], _within: Collection[str] | None) -> Any:
    """Tell totals of the state, a county or a district: their school code is zero."""
    import pyarrow.compute as pc

    school = pc.utf8_trim_whitespace(columns["school"])
    named = pc.greater(pc.utf8_length(school), 0)
    return pc.and_(named, pc.equal(pc.utf8_ltrim(school, characters="0"), ""))


def is_elsewhere(columns: Mapping[str, Any], within: Collection[str] | None) -> Any:
    """Tell rows of other places: of no wanted school, nor of its district.

    Parameters
    ----------
    columns : mapping of str to pyarrow.Array
        The three codes as text.
    within : collection of str or None
        Ids of districts (or their beginnings) and of schools; None: every place is wanted. A
        school is told by its last 7 digits, whatever its district.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if within is None:
        return None
    county, district = (_padded(columns[name], WIDTHS[name]) for name in ("county", "district"))
    whole = [text[DISTRICT:] for text in within if len(text) == SCHOOL]
    wanted = pc.equal(county, "no county")
    if whole:
        school = _padded(columns["school"], WIDTHS["school"])
        wanted = pc.is_in(school, value_set=pa.array(whole, pa.string()))
    for text in within:
        if len(text) <= DISTRICT:
            here = pc.starts_with(county, text[:COUNTY])
            if text[COUNTY:]:
                here = pc.and_(here, pc.starts_with(district, text[COUNTY:]))
            wanted = pc.or_(wanted, here)
    return pc.invert(wanted)


def is_in_other_county(columns: Mapping[str, Any], within: Collection[str] | None) -> Any:
    """Tell rows of other counties, where a school's district is not that of the other files."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if within is None:
        return None
    counties = pa.array(sorted({text[:COUNTY] for text in within}), pa.string())
    return pc.invert(pc.is_in(_padded(columns["county"], WIDTHS["county"]), value_set=counties))


def settle(
    tables: dict[str, pd.DataFrame], directory: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], int]:
    """Give schools the ids of the same spring's directory, matched by their last 7 digits.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Tidy tables of a file.
    directory : pandas.DataFrame
        The tidy table `directory`.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        With the directory's `district_id` and `school_id`; a school that it lacks keeps its own.
    changed : int
        Rows with another id than before.
    """
    key = ["end_year", "school"]
    known = directory.assign(
        school=directory["school_id"].str[DISTRICT:], known=directory["school_id"]
    )
    known = known.loc[~known.duplicated(key, keep=False), [*key, "known"]]
    settled, changed = {}, 0
    for name, frame in tables.items():
        own = frame[["end_year"]].assign(school=frame["school_id"].str[DISTRICT:])
        found = own.merge(known, on=key, how="left", validate="m:1")["known"].set_axis(frame.index)
        ids = found.fillna(frame["school_id"]).astype("str")
        changed += int((ids != frame["school_id"]).sum())
        settled[name] = frame.assign(school_id=ids, district_id=ids.str[:DISTRICT])
    return settled, changed


def traces(within: Collection[str]) -> set[str] | None:
    """Return the codes of wanted districts and schools, one of which is in each of their rows."""
    if any(len(text) not in (DISTRICT, SCHOOL) for text in within):
        return None
    codes = {text[COUNTY:] if len(text) == DISTRICT else text[DISTRICT:] for text in within}
    return {code.lstrip("0") for code in codes}


def _padded(codes: Any, width: int) -> Any:
    """Return codes at their full width; nearly always they have it, which is told faster."""
    import pyarrow.compute as pc

    lengths = pc.min_max(pc.binary_length(codes)).as_py()
    if lengths["min"] == lengths["max"] == width and pc.all(pc.ascii_is_decimal(codes)).as_py():
        return codes
    return pc.utf8_lpad(pc.utf8_trim_whitespace(codes), width, "0")
