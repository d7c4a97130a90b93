"""How an outcome differs by school type among schools of similar composition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.labels import control_label, counted
from autonomy_stats.mark import is_simulated, marked
from autonomy_stats.models.design import (
    DEFAULT_ABSORB,
    Design,
    as_numbers,
    build_design,
    require_columns,
    type_text,
)
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.fit import Asked, Fit
from autonomy_stats.models.tables import coefficient_table, effect_table

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.wls import Estimates

__all__ = ["DEFAULT_ABSORB", "DEFAULT_DROP_TYPES", "estimate_effects"]

DEFAULT_DROP_TYPES = ("exam", "alternative", "unknown")


def estimate_effects(
    frame: pd.DataFrame,
    outcome: str,
    *,
    school_type: str = "school_type",
    reference: str = "traditional",
    controls: Sequence[str] | None = None,
    absorb: Sequence[str] = DEFAULT_ABSORB,
    weights: str | None = "auto",
    cluster: str = "school_id",
    vcov: str = "CR2",
    working: str = "identity",
    estimator: str = "wls",
    drop_types: Sequence[str] = DEFAULT_DROP_TYPES,
    conf_level: float = 0.95,
) -> Fit:
    """Estimate how an outcome differs by school type among schools of similar composition.

    Weighted least squares of the outcome on school type, whole-school composition and the
    absorbed cells, with CR2 standard errors and Satterthwaite degrees of freedom. What it
    estimates is a difference between schools, not what attending one does to a student.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel: rows of a school in a subject, grade and year.
    outcome : str
        Column to compare, such as `proficient_pct`.
    school_type : str
        Column of governance types; any text is allowed.
    reference : str
        Type that the others are compared with.
    controls : sequence of str, optional
        Shares (0-100) held equal; default: the study's, those with values. The others are
        named in `Fit.missing_controls`.
    absorb : sequence of str
        Columns whose combinations each get a level of their own. Columns of the default
        that the frame lacks are passed over.
    weights : str or None
        Column of weights; `auto`: `n_tested`, else `n_students`, else `enrollment`, else
        none; None: unweighted.
    cluster : str
        Column whose rows hang together.
    vcov : {"CR2", "CR3", "CR1", "CR0", "model"}
        Cluster-robust covariance; `model`, of the estimator `mixed` alone: its own.
    working : {"identity", "inverse_weights"}
        Working model of CR2 and of the degrees of freedom. Weights that say whose average is
        taken, as here, go with `identity`; weights that are precisions with the other.
    estimator : {"wls", "ols", "fractional_logit", "ordered", "mixed", "matched", "aipw"}
        `wls`: weighted least squares; `ols`: without weights; `fractional_logit`: of a percent,
        average differences in points; `ordered`: of whole levels, average differences in the
        expected level; `mixed`: a random intercept for each school, with weights as precisions;
        `matched`: each school against reference schools within calipers of its composition;
        `aipw`: doubly robust, reference schools weighted by their odds of being of the type.
        The last two compare whole schools, for types of at least ten.
    drop_types : sequence of str
        Types that stay out of the comparison.
    conf_level : float
        Confidence level of the intervals, within (0, 1).

    Returns
    -------
    Fit
        `effects` has one row for each school type of the frame.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values, or names no column.
    EstimationError
        If the frame does not support the fit: no reference schools, series that are not
        comparable, or a control that is missing for more than 5 % of a type's schools.

    References
    ----------
    Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models. *Journal of Business & Economic
    Statistics* 36(4), 672-683.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(
    ...     panel.frame, "proficient_pct", weights=None, cluster="district_id"
    ... )
    >>> fit.effects[["school_type", "estimate", "conf_low", "conf_high"]].round(1)
               school_type  estimate  conf_low  conf_high
    0  independent_charter     -21.0     -26.4      -15.6
    1          traditional       0.0       NaN        NaN
    """
    method = find_estimator(estimator)
    _check(vcov, method.vcovs, working, conf_level)
    if estimator == "ols" and weights not in (None, "auto"):
        require_columns(frame, [weights])
    design = build_design(
        frame,
        outcome,
        school_type=school_type,
        reference=reference,
        controls=controls,
        absorb=absorb,
        weights=None if estimator == "ols" else weights,
        cluster=cluster,
        drop_types=drop_types,
    )
    estimates = method.fit(design, vcov=vcov, working=working)
    types = type_text(frame[school_type])
    effects = effect_table(
        frame.assign(_type=types), design, estimates, reference, drop_types, conf_level
    )
    simulated = is_simulated(frame)
    return Fit(
        effects=marked(effects, simulated),
        coefficients=marked(coefficient_table(estimates, effects, conf_level), simulated),
        covariance=estimates.covariance,
        exclusions=marked(design.exclusions, simulated),
        outcome=outcome,
        reference=reference,
        controls=design.controls,
        missing_controls=design.missing_controls,
        absorbed=design.absorbed,
        weights=design.weight_column,
        cluster=cluster,
        vcov=vcov,
        working=working,
        estimator=estimator,
        conf_level=conf_level,
        n_rows=len(design.frame),
        n_clusters=estimates.n_clusters,
        notes=_notes(design),
        simulated=simulated,
        estimates=_marked_tables(estimates) if simulated else estimates,
        asked=Asked(
            _with_numbers(frame, (outcome, design.weight_column, *design.controls)),
            {
                "school_type": school_type,
                "reference": reference,
                "controls": controls,
                "absorb": absorb,
                "weights": weights,
                "cluster": cluster,
                "vcov": vcov,
                "working": working,
                "estimator": estimator,
                "drop_types": drop_types,
                "conf_level": conf_level,
            },
        ),
    )


def _marked_tables(estimates: Estimates) -> Estimates:
    """Return an estimator's own tables with the mark of simulated files."""
    named = {one.name: getattr(estimates, one.name) for one in fields(estimates)}
    del named["covariance"]  # a matrix, whose columns are its rows
    tables = {name: table for name, table in named.items() if hasattr(table, "columns")}
    changed: dict[str, Any] = {name: marked(table, True) for name, table in tables.items()}
    return replace(estimates, **changed)


def _with_numbers(frame: pd.DataFrame, columns: Sequence[str | None]) -> pd.DataFrame:
    """Return a frame whose columns of numbers are numbers, if they were written as text."""
    import pandas as pd

    text = [c for c in columns if c is not None and not pd.api.types.is_numeric_dtype(frame[c])]
    return as_numbers(frame, text) if text else frame


def _check(vcov: str, vcovs: tuple[str, ...], working: str, conf_level: float) -> None:
    """Refuse arguments that are not among the allowed values."""
    for name, value, allowed in (
        ("vcov", vcov, vcovs),
        ("working", working, ("identity", "inverse_weights")),
    ):
        if value not in allowed:
            raise UsageError(f"{name} must be one of {allowed}; got {value!r}")
    if not isinstance(conf_level, Real) or not 0 < conf_level < 1:
        raise UsageError(f"conf_level must lie between 0 and 1; got {conf_level!r}")


def _notes(design: Design) -> tuple[str, ...]:
    """Say what a reader must know of the fit as a whole."""
    notes = []
    if design.missing_controls:
        missing = ", ".join(control_label(control) for control in design.missing_controls)
        notes.append(f"Not held equal, since no file gives it: share {missing}.")
    for term in design.aliased:
        if term not in design.types:
            notes.append(f"{term} adds nothing to the columns before it and was left out.")
    dropped = design.exclusions[~design.exclusions["reason"].eq("type left out")]
    for reason, rows in dropped.groupby("reason", sort=False):
        count, schools = int(rows["n_rows"].sum()), int(rows["n_schools"].sum())
        whole = f", all rows of {counted(schools, 'school')}" if schools else ""
        notes.append(f"Left out: {counted(count, 'row')} ({reason}){whole}.")
    return tuple(notes)
