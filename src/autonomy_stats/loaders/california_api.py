"""California: 2013 Growth Academic Performance Index (API) and who was tested, by school.

Agency: California Department of Education, "2013 Growth API" data file, with its record layout.
One row a school: the index, 200 to 1000, made of all tests of grades 2 to 11 by weights, is
`mean_score` of the subject `all`; no percent is published. `VALID`, the scores in it, is
`n_tested`. Shares are of the students tested (`MEALS`: eligible for free or reduced-price meals),
whole numbers. `ENROLL` counts grades 2 to 11 only, and is not `enrollment`.

`SIZE` `T` marks a school with fewer than eleven valid scores, whose index is hidden; where it is
blank for another reason it is not published. A school without tests in 2013 has no shares. The
index was last published that year; other years' files have other columns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.agreement import adds_up, adds_up_to, at_most
from autonomy_stats.loaders.california_ids import AGENCY, meaning_of
from autonomy_stats.loaders.cells import check_ids, counts, percents, scores
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADER", "LAYOUTS"]

END_YEAR = 2013
MARKS = {"": "not_published"}
LOWEST, HIGHEST = 200, 1000
CHARTERS = {"": "district", "D": "charter_direct", "Y": "charter_local"}
LEVELS = {"E": "elementary", "M": "middle", "H": "high"}
SHARES = {
    "PCT_AA": "black_pct",
    "PCT_HI": "hispanic_pct",
    "PCT_AS": "asian_pct",
    "PCT_WH": "white_pct",
    "PCT_AI": "native_american_pct",
    "PCT_PI": "pacific_islander_pct",
    "PCT_MR": "multiracial_pct",
    "P_EL": "english_learner_pct",
    "MEALS": "low_income_pct",
    "P_DI": "disability_pct",
}
"""`PCT_FI`, Filipino students, is in none of the shares."""


def _is_total(columns: Mapping[str, Any], _within: Collection[str] | None) -> Any:
    """Tell the state's and districts' totals by their record type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(columns["record"], value_set=pa.array(["D", "X"]))


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    import pandas as pd

    code = check_ids(sheet, "school", r"\d{14}", "a code of 14 digits")
    school = pd.DataFrame(
        {
            "state": "california",
            "end_year": end_year,
            "district_id": code.str[:7],
            "school_id": code,
            "school_name": sheet.frame["name"],
        }
    )
    meaning_of(sheet, "record", {"S": "school"})
    shares = {share: percents(sheet, share, MARKS)[0] for share in SHARES.values()}
    demographics = school.assign(
        **shares,
        shares_status="reported",
        low_income_definition="free or reduced-price meals",
    )
    return Tidy(
        {
            "achievement": _index(sheet, school),
            "demographics": demographics[pd.DataFrame(shares).notna().any(axis=1)],
            "directory": school.assign(
                sector=meaning_of(sheet, "charter", CHARTERS),
                locality=sheet.frame["county"],
                level=meaning_of(sheet, "level", LEVELS),
            ),
        }
    )


def _index(sheet: Sheet, school: pd.DataFrame) -> pd.DataFrame:
    """Return the index of each school."""
    index, status = scores(sheet, "index", MARKS, LOWEST, HIGHEST)
    tested, _ = counts(sheet, "valid", MARKS)
    took, _ = counts(sheet, "tested", MARKS)
    enrolled, _ = counts(sheet, "enrolled", MARKS)
    size = check_ids(sheet, "size", "|S|T", "S, T or nothing")
    few = (status == "not_published") & (size == "T")
    return school.assign(
        assessment="Growth API",
        series="API 2013",
        subject="all",
        grade="all",
        student_group="all",
        n_tested=tested,
        n_tested_status=tested.notna().map({True: "reported", False: None}),
        participation_pct=100 * took / enrolled.where((enrolled > 0) & (took <= enrolled)),
        mean_score=index,
        status=status.where(~few, "suppressed"),
    )


HEADER = """
CDS RTYPE STYPE SPED SIZE CHARTER SNAME DNAME CNAME FLAG VALID API13 API12 TARGET GROWTH
SCH_WIDE COMP_IMP BOTH AA_NUM AA_SIG AA_API13 AA_API12 AA_TARG AA_GROW AA_MET AI_NUM AI_SIG
AI_API13 AI_API12 AI_TARG AI_GROW AI_MET AS_NUM AS_SIG AS_API13 AS_API12 AS_TARG AS_GROW AS_MET
FI_NUM FI_SIG FI_API13 FI_API12 FI_TARG FI_GROW FI_MET HI_NUM HI_SIG HI_API13 HI_API12 HI_TARG
HI_GROW HI_MET PI_NUM PI_SIG PI_API13 PI_API12 PI_TARG PI_GROW PI_MET WH_NUM WH_SIG WH_API13
WH_API12 WH_TARG WH_GROW WH_MET MR_NUM MR_SIG MR_API13 MR_API12 MR_TARG MR_GROW MR_MET SD_NUM
SD_SIG SD_API13 SD_API12 SD_TARG SD_GROW SD_MET EL_NUM EL_SIG EL_API13 EL_API12 EL_TARG EL_GROW
EL_MET DI_NUM DI_SIG DI_API13 DI_API12 DI_TARG DI_GROW DI_MET PCT_AA PCT_AI PCT_AS PCT_FI PCT_HI
PCT_PI PCT_WH PCT_MR MEALS P_GATE P_MIGED P_EL P_RFEP P_DI YR_RND CBMOB DMOB ACS_K3 ACS_46
ACS_CORE PCT_RESP NOT_HSG HSG SOME_COL COL_GRAD GRAD_SCH AVG_ED FULL EMER PEN_2 PEN_35 PEN_6
PEN_78 PEN_911 ENROLL PAR_OPT TESTED MED13 MED12 VCST_E28 PCST_E28 VCST_E91 PCST_E91 CW_CSTE
VCST_M28 PCST_M28 VCST_M91 PCST_M91 CW_CSTM VCST_S28 PCST_S28 VCST_S91 PCST_S91 CWS_91 VCST_H28
PCST_H28 VCST_H91 PCST_H91 CW_CSTH VCHS_E PCHS_E CW_CHSE VCHS_M PCHS_M CW_CHSM TOT_28 TOT_91
sm13 sm12 chg_data CW_SCI VCST_LS10 PCST_LS10 CWM2_28 VCSTM2_28 PCSTM2_28 CWM2_91 VCSTM2_91
PCSTM2_91 CWS2_91 VCSTS2_91 PCSTS2_91 IRG5
"""
"""Columns of the file, in order."""

RACES = ("AA", "AI", "AS", "FI", "HI", "PI", "WH", "MR")

LAYOUTS = (
    Layout(
        layout_id="california-api-2013",
        state="california",
        agency=AGENCY,
        title="2013 Growth API data file",
        columns=dict.fromkeys(HEADER.split(), IGNORED)
        | {
            "CDS": "school",
            "RTYPE": "record",
            "STYPE": "level",
            "SIZE": "size",
            "CHARTER": "charter",
            "SNAME": "name",
            "CNAME": "county",
            "VALID": "valid",
            "API13": "index",
            "ENROLL": "enrolled",
            "TESTED": "tested",
        }
        | SHARES,
        tidy=_tidy,
        year_of=lambda _sheet: END_YEAR,
        left_out={"state and district totals": _is_total},
        agree=(
            adds_up(["API12", "GROWTH"], "API13"),
            adds_up_to(100, [f"PCT_{race}" for race in RACES], len(RACES) / 2 + 0.01),
            at_most("VALID", "TESTED"),
            at_most("TESTED", "ENROLL"),
            *(at_most(f"{group}_NUM", "VALID") for group in (*RACES, "SD", "EL", "DI")),
        ),
    ),
)
