"""California: CAASPP entities files, what each school is, 2015 to 2025.

Agency: California Department of Education, "entities" file of the CAASPP research files, which
names every school of a spring and its type. `sector` is the type: 7 school, 9 directly funded
charter, 10 locally funded (affiliated) charter. Nonpublic schools that districts place students
in are of type 7 too.

2015 is UTF-8, the years after it cp1252. 2015 calls 16 Los Angeles schools locally funded charters
that are none: they are mended from `facts/corrections/california_entities_2015.csv`, which says
why, and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders.california_ids import (
    AGENCY,
    SECTORS,
    check_year,
    identity,
    is_total,
    meaning_of,
    one_year,
)
from autonomy_stats.loaders.corrections import correct
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    check_year(sheet, end_year)
    school: pd.DataFrame = identity(sheet, end_year).assign(
        school_name=sheet.frame["name"],
        sector=meaning_of(sheet, "type", SECTORS, padded=True),
        locality=sheet.frame["county_name"],
    )
    school, corrected = correct(school, f"california_entities_{end_year}")
    return Tidy({"directory": school}, corrected=corrected)


def _layout(years: str, era: str, delimiter: str) -> Layout:
    return Layout(
        layout_id=f"california-entities-{era}",
        state="california",
        agency=AGENCY,
        title=f"CAASPP entities file, {years}",
        columns={
            "County Code": "county",
            "District Code": "district",
            "School Code": "school",
            "Filler": IGNORED,
            "Test Year": "year",
            "Type ID": "type",
            "County Name": "county_name",
            "District Name": IGNORED,
            "School Name": "name",
            "Zip Code": IGNORED,
        },
        tidy=_tidy,
        year_of=one_year,
        delimiter=delimiter,
        hallmarks=frozenset({"county_name"}),  # results from 2024 on name district and school
        left_out={"state, county and district totals": is_total},
    )


LAYOUTS = (
    _layout("2015 to 2019", "2015", ","),
    _layout("2021 on", "2021", "^"),
)
