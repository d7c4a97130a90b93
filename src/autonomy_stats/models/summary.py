"""A fit as tables, by way of statsmodels' own, so that it prints as its results do."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import controls_in_words, type_label
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.tables import FEWEST_DF
from autonomy_stats.models.wording import caution, title_of, unit_of, with_mark

if TYPE_CHECKING:
    from statsmodels.iolib.summary import Summary
    from statsmodels.iolib.table import SimpleTable

    from autonomy_stats.models.fit import Fit

__all__ = ["summary"]

WIDTH = 88
"""Characters of a line of notes."""

STUB = 28
"""Characters of the words for a type."""

Row = Mapping[Hashable, Any]


def summary(fit: Fit) -> Summary:
    """Return a fit as tables; see `Fit.summary`.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> made = fit.summary()
    >>> [row[:3] for row in made.tables[1].data[1:]]
    [['charter schools', '-21.05', '2.36'], ['district schools', 'reference', '']]
    >>> made.as_text().splitlines()[0].strip()
    'Percent proficient: differences from district schools of similar composition'
    """
    from statsmodels.iolib.summary import Summary

    made = Summary()
    made.tables = [_how(fit), _types(fit), *_controls(fit)]
    types = fit.effects[fit.effects["note"].ne("") & fit.effects["note"].ne("reference")]
    noted = [f"{_words(row['school_type'])}: {row['note']}" for row in types.to_dict("records")]
    made.add_extra_txt(
        [
            line
            for number, note in enumerate((*noted, *fit.notes, caution(fit)), start=1)
            for line in textwrap.wrap(f"[{number}] {note}", WIDTH, subsequent_indent="    ")
        ]
    )
    return made


def _how(fit: Fit) -> SimpleTable:
    """Return how the fit was made, two facts a line."""
    schools = fit.effects.loc[~fit.effects["note"].eq("left out of the comparison"), "n_schools"]
    method = find_estimator(fit.estimator)
    freedom = method.inference(fit.vcov).partition(", ")[2].replace("degrees of freedom", "")
    errors = f"{fit.vcov}, {fit.working}" if fit.vcov in ("CR2", "CR3") else fit.vcov
    weights = fit.weights or "none"
    if fit.weights and fit.estimator == "mixed":
        weights += ", as precisions"
    clusters = "Clusters compared:" if method.whole_schools else "Clusters:"
    facts = [
        ("Outcome:", fit.outcome, "Rows:", f"{fit.n_rows:,}"),
        ("Reference:", fit.reference, "Schools:", f"{int(schools.sum()):,}"),
        ("Estimator:", fit.estimator, clusters, f"{fit.n_clusters:,} ({fit.cluster})"),
        ("Weights:", weights, "Standard errors:", errors),
        ("Within:", " x ".join(fit.absorbed) or "nothing", "Degrees of freedom:", freedom.strip()),
    ]
    stubs, *cells = zip(*facts, strict=True)
    title = "\n".join(textwrap.wrap(title_of(fit), WIDTH))
    return _table(None, list(stubs), [list(row) for row in zip(*cells, strict=True)], title)


def _types(fit: Fit) -> SimpleTable:
    """Return one row a school type."""
    estimate = _heads(fit)
    rows = []
    for row in fit.effects.to_dict("records"):
        is_reference = row["school_type"] == fit.reference
        cells = ["reference", *[""] * 6] if is_reference else _numbers(row)
        cells.insert(5, _shown(row["p_value_holm"]))
        rows.append([*cells, f"{row['n_schools']:,}", _shown(row["n_students"], 0)])
    names = [_name(name) for name in fit.effects["school_type"]]
    head = [*estimate[:5], "P Holm", *estimate[5:], "schools", "students"]
    title = with_mark(f"School types: difference in {unit_of(fit)}", fit)
    return _table(head, names, rows, title)


def _controls(fit: Fit) -> list[SimpleTable]:
    """Return one row a control; no table where the estimator has no coefficients of them.

    Few degrees of freedom leave the estimate and its error.
    """
    own = fit.coefficients[fit.coefficients["term"].isin(fit.controls)].to_dict("records")
    if not own:
        return []
    names = [controls_in_words([str(row["term"])]) for row in own]
    title = with_mark(f"Held equal: {unit_of(fit)} for each point", fit)
    hidden: Row = dict.fromkeys(("statistic", "p_value", "conf_low", "conf_high"))
    shown: list[Row] = [{**row, **(hidden if row["df"] < FEWEST_DF else {})} for row in own]
    return [_table(_heads(fit), names, [_numbers(row) for row in shown], title)]


def _name(school_type: object) -> str:
    """Return the words for a school type, a long one cut to the width of its column."""
    return textwrap.shorten(_words(school_type), STUB, placeholder="...")


def _words(school_type: object) -> str:
    return type_label(str(school_type)) or "(no type)"


def _heads(fit: Fit) -> list[str]:
    """Return the headers of an estimate."""
    tail = (1 - fit.conf_level) / 2
    return ["estimate", "std err", "df", "t", "P>|t|", f"[{tail:.4g}", f"{1 - tail:.4g}]"]


def _numbers(row: Row) -> list[str]:
    """Return the cells of an estimate."""
    places = {"estimate": 2, "std_error": 2, "df": 1, "statistic": 2, "p_value": 3}
    places |= {"conf_low": 2, "conf_high": 2}
    return [_shown(row[name], digits) for name, digits in places.items()]


def _shown(value: Any, digits: int = 3) -> str:
    """Return a number as text; empty if it is missing."""
    return "" if value is None or value != value else f"{value:,.{digits}f}"


def _table(
    head: list[str] | None, names: list[str], cells: list[list[str]], title: str
) -> SimpleTable:
    from statsmodels.iolib.table import SimpleTable
    from statsmodels.iolib.tableformatting import fmt_params

    narrow = {"colwidths": None, "colsep": "  ", "data_fmts": ["%s"], "title_align": "l"}
    return SimpleTable(cells, head, names, title=title, txt_fmt=fmt_params | narrow)
