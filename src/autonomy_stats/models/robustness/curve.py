"""The specification curve: every defensible specification of one question, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.robustness.arrays import Arrays
from autonomy_stats.models.robustness.choices import CHOICE_NAMES
from autonomy_stats.models.robustness.grid import asked_options, make_grid
from autonomy_stats.models.robustness.reading import read_arrays
from autonomy_stats.models.robustness.specifications import (
    NUMBERS,
    estimate_all,
    fit_specification,
)
from autonomy_stats.models.robustness.told import choices_of, summary_of

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit

__all__ = ["SpecificationCurve", "specification_curve"]

AS_GIVEN = "as given"
"""Name of a frame that is given without one."""

JOINT = ["school_type", "statistic", "observed", "p_value", "n_specifications", "n_draws", "note"]


@dataclass(frozen=True)
class SpecificationCurve:
    """Estimates in many specifications, and what they say together.

    Parameters
    ----------
    estimates : pandas.DataFrame
        One row a specification and type: `specification` (its number, 0 the default), `default`,
        `core`, the option of each choice, `school_type, estimate, std_error, df, p_value, conf_low,
        conf_high, n_schools, note`. A specification that its rows do not support has the reason in
        `note`, and no number.
    summary : pandas.DataFrame
        One row a type and set of specifications (`among`: `core`, or `all` of a full grid):
        `n_specifications`, those with an estimate, `median, smallest, largest`, the shares
        `positive, positive_significant, negative, negative_significant` of those with an estimate,
        `default_estimate`, its place `default_rank` (1: the smallest), and the choice that
        `moves_most`, with `largest_mean_move`.
    choices : pandas.DataFrame
        One row a type, set of specifications and choice: `mean_move` and `largest_move`, how far
        the estimate moves, without sign, when this choice alone changes; `n_pairs` of
        specifications that differ in nothing else; the options `option_from` and `option_to`
        between which it moves most on average, with sign: `mean_difference`; and `place` (1: the
        choice that moves it most).
    joint : pandas.DataFrame
        One row a type and statistic: `observed` among the core specifications, and the `p_value`
        of seeing one as large if the type did not differ in any; none without draws.
    unsupported : pandas.DataFrame
        Options that are no choice here: `frame, choice, option, reason`.
    outcome, reference : str
        What is compared, and with which type.
    conf_level : float
        Of the intervals.
    grid : str
        `core` or `full`.
    n_possible : int
        Specifications that the full grid has.
    simulated : bool
        Whether any row came from a simulated file.
    held : mapping of str to Arrays
        The panels, which `fit` goes back to.
    """

    estimates: pd.DataFrame
    summary: pd.DataFrame
    choices: pd.DataFrame
    joint: pd.DataFrame
    unsupported: pd.DataFrame = field(repr=False)
    outcome: str
    reference: str
    conf_level: float
    grid: str
    n_possible: int
    simulated: bool
    held: Mapping[str, Arrays] = field(repr=False)

    def fit(self, specification: int = 0) -> Fit:
        """Return the whole fit of one specification, by its number.

        Parameters
        ----------
        specification : int
            Number in the column `specification`; 0 is the default.

        Raises
        ------
        UsageError
            If there is no such specification.
        EstimationError
            If its rows do not support it.
        """
        own = self.estimates[self.estimates["specification"] == specification]
        if own.empty:
            last = self.estimates["specification"].max()
            raise UsageError(f"no specification {specification!r}; there are 0 to {last}")
        one = {name: str(own[name].iloc[0]) for name in CHOICE_NAMES}
        return fit_specification(self.held[one["frame"]], one)


def specification_curve(
    frame: pd.DataFrame | Mapping[str, pd.DataFrame],
    outcome: str = "proficient_pct",
    *,
    grid: str = "core",
    most: int = 2000,
    draws: int = 999,
    seed: int = 0,
    n_jobs: int | None = 1,
    progress: Callable[[int, int], object] | None = None,
    **options: Any,
) -> SpecificationCurve:
    """Estimate differences by school type in every specification that one could defend.

    The report leaves choices unstated, and each could have been made otherwise: `CHOICES` lists
    them with a reason for each option. A specification is one option of each. The core has those
    that an expert would defend as an answer to the same question; the full grid also those that ask
    another question, such as one level alone or nothing held equal.

    Parameters
    ----------
    frame : pandas.DataFrame, or mapping of str to pandas.DataFrame
        An analysis panel; or several by name, the default first, which are then a choice as
        well: panels of other years, or with the shares of another year (see `with_shares_of`).
        A panel may hold rows of single grades and of all grades together, and course tests; these
        are choices too, and the default is single grades without courses.
    outcome : str
        Column to compare.
    grid : {"core", "full"}
        Which specifications.
    most : int
        Specifications at most. Of a larger full grid, all core ones are taken and a random sample
        of the others; `n_possible` says how many there are.
    draws : int
        Deals of schools for the joint test of the core, with the one observed; 0: no test.
    seed : int
        Of the sample and of the deals.
    n_jobs : int or None
        Processes, as joblib counts them: -1 for all cores.
    progress : callable, optional
        Called with the specifications done, and all of them.
    **options
        As in `estimate_effects`, whose defaults are the default specification.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    UsageError, EstimationError
        If an argument is not among the allowed values; as `estimate_effects` does for the default
        specification.

    Notes
    -----
    Weighted least squares only; estimators that average over other schools, and other standard
    errors of the same clusters, are beside it in `robustness`. Results of a fractional logit, in
    the full grid, take a fit of their own and much longer. Shares of specifications describe the
    choices, not the chance of being right: the specifications share their schools, and `joint` is
    the test.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. *Nature
    Human Behaviour* 4(11), 1208-1214.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> curve = specification_curve(panel.frame, weights=None, draws=0)
    >>> curve.estimates["specification"].nunique()
    4
    >>> curve.summary[["school_type", "median", "smallest", "largest", "moves_most"]].round(1)
               school_type  median  smallest  largest moves_most
    0  independent_charter   -21.0     -21.0    -21.0   controls
    """
    import pandas as pd

    frames = _by_name(frame)
    asked = asked_options(options)
    held = {name: read_arrays(one, outcome, asked) for name, one in frames.items()}
    made = make_grid(held, grid, most, seed)
    first = next(iter(held.values()))
    fit_specification(first, made.specifications[0])  # its refusals are the caller's
    done = estimate_all(held, made.specifications, n_jobs, progress)
    rows = [
        {"specification": number, "default": number == 0, "core": core} | specification | row
        for number, (specification, core, own) in enumerate(
            zip(made.specifications, made.core, done, strict=True)
        )
        for row in own
    ]
    head = ["specification", "default", "core", *CHOICE_NAMES, "school_type"]
    columns = [*head, *NUMBERS, "n_schools", "note"]
    simulated = any(one.simulated for one in held.values())
    level = float(asked["conf_level"])
    estimates = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(NUMBERS, "float64"))
    choices = choices_of(estimates)
    joint = _joint(held, made.specifications, made.core, estimates, level, draws, seed, n_jobs)
    return SpecificationCurve(
        estimates=marked(estimates, simulated),
        summary=marked(summary_of(estimates, choices, level), simulated),
        choices=marked(choices, simulated),
        joint=marked(joint, simulated),
        unsupported=marked(
            pd.DataFrame(made.unsupported, columns=["frame", "choice", "option", "reason"]),
            simulated,
        ),
        outcome=outcome,
        reference=str(asked["reference"]),
        conf_level=level,
        grid=grid,
        n_possible=made.n_possible,
        simulated=simulated,
        held=held,
    )


def _by_name(frame: pd.DataFrame | Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the panels by name."""
    if not isinstance(frame, Mapping):
        return {AS_GIVEN: frame}
    if not frame:
        raise UsageError("no frame was given: pass a panel's frame, or several by name")
    return {str(name): one for name, one in frame.items()}


def _joint(
    held: Mapping[str, Arrays],
    specifications: list[dict[str, str]],
    core: list[bool],
    estimates: pd.DataFrame,
    conf_level: float,
    draws: int,
    seed: int,
    n_jobs: int | None,
) -> pd.DataFrame:
    """Return the joint tests of the core specifications."""
    import pandas as pd
    from scipy import stats

    from autonomy_stats.models.robustness.joint import joint_inference

    if draws == 0:
        return pd.DataFrame(columns=JOINT)
    known = estimates[estimates["core"] & estimates["df"].notna()]
    limits = stats.t.ppf((1 + conf_level) / 2, known["df"])
    critical: list[dict[str, float]] = [{} for one in core if one]
    for number, name, limit in zip(
        known["specification"], known["school_type"], limits, strict=True
    ):
        critical[number][name] = float(limit)
    rows = joint_inference(
        held, specifications[: len(critical)], critical, draws=draws, seed=seed, n_jobs=n_jobs
    )
    return pd.DataFrame(rows, columns=JOINT)
