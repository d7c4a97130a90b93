"""A fit, and the forms in which a reader sees it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import control_label, outcome_label, type_label
from autonomy_stats.models.estimators import find_estimator

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.inference import JointTest
    from autonomy_stats.models.wls import Estimates, Fitted

__all__ = ["Asked", "Fit"]


@dataclass(frozen=True)
class Asked:
    """The frame and the options of a fit, from which what stands beside it is estimated."""

    frame: pd.DataFrame
    options: Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class Fit:
    """Differences in an outcome by school type, with all that is needed to judge them.

    Parameters
    ----------
    effects : pandas.DataFrame
        One row a school type: `school_type, estimate, std_error, df, statistic, p_value,
        p_value_holm, conf_low, conf_high, n_schools, n_schools_before, n_operators, n_rows,
        n_students, note`. Estimates are in the outcome's unit, against `reference`. Holm's
        adjustment is over the types; intervals are unadjusted.
    coefficients : pandas.DataFrame
        One row a control or type: `term, estimate, std_error, df, statistic, p_value,
        conf_low, conf_high`.
    covariance : pandas.DataFrame
        Covariance of these coefficients.
    exclusions : pandas.DataFrame
        What did not enter: `reason, school_type, n_schools, n_rows`; `n_schools` are those
        left with no row.
    outcome, reference : str
        What is compared, and with which type.
    controls, missing_controls : tuple of str
        Shares held equal; shares of the study that have no value here.
    absorbed : tuple of str
        Columns whose combinations each have a level of their own.
    weights : str or None
        Column of weights.
    cluster, vcov, working, estimator : str
        How it was estimated.
    conf_level : float
        Confidence level of the intervals.
    n_rows, n_clusters : int
        Rows and clusters of the fit.
    notes : tuple of str
        What a reader must know of the fit as a whole.
    alike : str
        What the schools compared have in common, as the title and the caution say it.
    estimates : Estimates or None
        What the estimator returned, with tables of its own: `log_odds` and `probabilities` of
        `ordered`, the variances and the likelihood of `mixed`.
    asked : Asked or None
        What was asked for, which `beside` goes back to.
    """

    effects: pd.DataFrame
    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    exclusions: pd.DataFrame
    outcome: str
    reference: str
    controls: tuple[str, ...]
    missing_controls: tuple[str, ...]
    absorbed: tuple[str, ...]
    weights: str | None
    cluster: str
    vcov: str
    working: str
    estimator: str
    conf_level: float
    n_rows: int
    n_clusters: int
    notes: tuple[str, ...] = ()
    alike: str = "of similar composition"
    estimates: Estimates | None = field(default=None, repr=False)
    asked: Asked | None = field(default=None, repr=False)

    @property
    def fitted(self) -> Fitted | None:
        """The computed regression, which `compare` and `joint_test` go back to."""
        return None if self.estimates is None else self.estimates.fitted

    @cached_property
    def beside(self) -> pd.DataFrame:
        """What stands beside the estimates: the same question asked in other ways.

        ELA and mathematics apart and each level apart, with a joint test that they agree;
        unweighted; one row a school; mean scale score; the ladder of controls; clustered by
        operator; documented roster only.

        Returns
        -------
        pandas.DataFrame
            One row a variation and type: `variation, subset, school_type, estimate, std_error,
            df, statistic, p_value, conf_low, conf_high, n_schools, note`. A joint test has no
            `school_type` and no estimate. A variation that can't be estimated has a row that
            says why.
        """
        from autonomy_stats.models.beside import beside

        return beside(self)

    def compare(
        self, school_types: str | Sequence[str], against: str | Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return the difference between types, or between averages of types.

        Parameters
        ----------
        school_types : str or sequence of str
            A type, or several that are averaged with equal weight.
        against : str or sequence of str, optional
            What they are compared with; default: the reference type.

        Returns
        -------
        pandas.DataFrame
            One row: `comparison, estimate, std_error, df, statistic, p_value, conf_low,
            conf_high, n_schools, n_schools_against, note`, from the joint covariance.

        Raises
        ------
        UsageError
            If a type has no estimate, or stands on both sides.
        """
        from autonomy_stats.models.contrasts import compare

        return compare(self, school_types, against)

    def about_the_same(self, margin: float) -> pd.DataFrame:
        """Test of each type that it differs from the reference by less than a margin.

        Two one-sided tests: a difference that is not distinguishable from none is no evidence
        that there is none, which this gives where it can.

        Parameters
        ----------
        margin : float
            Largest difference that counts as none, in the outcome's unit.

        Returns
        -------
        pandas.DataFrame
            One row a type: `school_type, estimate, conf_low, conf_high` (of the level that the
            two tests imply, 90 % for 95 %), `margin, p_value, about_the_same, note`.
        """
        from autonomy_stats.models.contrasts import about_the_same

        return about_the_same(self, margin)

    def joint_test(self, school_types: Sequence[str] | None = None) -> JointTest:
        """Test that several types, by default all, do not differ from the reference.

        Parameters
        ----------
        school_types : sequence of str, optional
            Types; those of one school can't be tested and are left out of the default.

        Returns
        -------
        JointTest
            F statistic with Satterthwaite-like degrees of freedom (HTZ).
        """
        from autonomy_stats.models.contrasts import joint_test_of

        return joint_test_of(self, school_types)

    def schools(self, school_type: str) -> int:
        """Return how many schools of a type entered the fit."""
        return int(self.effects.set_index("school_type")["n_schools"].to_dict()[school_type])

    def __repr__(self) -> str:
        """Return the fit in sentences: each type, then how it was estimated."""
        lines = [self._title(), ""]
        lines += [f"  {self._sentence(row)}" for row in self.effects.to_dict("records")]
        lines += ["", self._method(), *self.notes, self._caution()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the fit as a small table for notebooks."""
        unit = self._unit()
        head = f"<tr><th>School type</th><th>Difference ({escape(unit)})</th>"
        head += f"<th>{self._level()} interval</th><th>Schools</th><th>Note</th></tr>"
        body = "".join(_html_row(row) for row in self.effects.to_dict("records"))
        lines = (self._method(), *self.notes, self._caution())
        notes = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return f"<p><b>{escape(self._title())}</b></p><table>{head}{body}</table>{notes}"

    def _title(self) -> str:
        words = outcome_label(self.outcome)[0]
        words = words[0].upper() + words[1:]
        return f"{words}: differences from {type_label(self.reference)} {self.alike}".rstrip()

    def _caution(self) -> str:
        """Say what a difference is not."""
        alike = f" {self.alike}" if self.alike else ""
        return f"A difference between schools{alike}, not what attending one does."

    def _sentence(self, row: Mapping[Hashable, object]) -> str:
        """Say one type's difference in plain words."""
        name = _name(row)
        name = name[0].upper() + name[1:]
        schools = _schools(row["n_schools"])
        if row["school_type"] == self.reference:
            return f"{name}: what the others are compared with ({schools})"
        estimate = _number(row["estimate"])
        if estimate is None:
            return (
                f"{name}: no estimate ({row['note']}; {_schools(row['n_schools_before'])} in all)"
            )
        direction = "higher" if estimate >= 0 else "lower"
        text = f"{name}: {abs(estimate):.1f} {self._unit()} {direction}"
        low, high = _number(row["conf_low"]), _number(row["conf_high"])
        if low is not None and high is not None:
            text += f", {self._level()} interval {low:+.1f} to {high:+.1f}"
            if low <= 0 <= high:
                text += ", not distinguishable from no difference"
        note = f"; {row['note']}" if row["note"] else ""
        return f"{text} ({schools}{note})"

    def _level(self) -> str:
        return f"{100 * self.conf_level:g} %"

    def _method(self) -> str:
        """Say how it was estimated."""
        held = ", ".join(control_label(control) for control in self.controls)
        cells = " x ".join(self.absorbed)
        method = find_estimator(self.estimator)
        return (
            (f"Held equal: share {held}" if held else "Nothing held equal")
            + (f", within {cells}. " if cells else ". ")
            + (f"Weighted by {self.weights}. " if self.weights else "Unweighted. ")
            + method.words
            + f"{self.n_rows:,} rows in {self.n_clusters:,} clusters ({self.cluster}); "
            + f"{method.inference(self.vcov)}."
        )

    def _unit(self) -> str:
        """Return the unit of the estimates."""
        return find_estimator(self.estimator).unit or outcome_label(self.outcome)[1]


def _name(row: Mapping[Hashable, object]) -> str:
    """Return the words for a row's school type."""
    return type_label(str(row["school_type"])) or "schools without a type"


def _schools(count: object) -> str:
    """Return a number of schools in words."""
    return "1 school" if count == 1 else f"{count:,} schools"


def _number(value: object) -> float | None:
    """Return a number, or None if it is missing."""
    return value if isinstance(value, float) and value == value else None


def _html_row(row: Mapping[Hashable, object]) -> str:
    """Return one type as a row of the table."""
    estimate, low, high = (_number(row[c]) for c in ("estimate", "conf_low", "conf_high"))
    cells = [
        escape(_name(row)),
        "" if estimate is None else f"{estimate:+.1f}",
        "" if low is None or high is None else f"{low:+.1f} to {high:+.1f}",
        str(row["n_schools"]),
        escape(str(row["note"])),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
