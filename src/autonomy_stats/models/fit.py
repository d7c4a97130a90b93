"""A fit: estimates with all that is needed to judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.wording import in_html, in_sentences

if TYPE_CHECKING:
    import pandas as pd
    from statsmodels.iolib.summary import Summary

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
    simulated : bool
        Whether any row of the frame came from a simulated file. All tables made of such a fit
        have a column `simulated`, and its texts say so.
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
    simulated: bool = False
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

    def joint_test(
        self, school_types: Sequence[str] | None = None, *, each_other: bool = False
    ) -> JointTest:
        """Test that several types, by default all, do not differ from the reference.

        Parameters
        ----------
        school_types : sequence of str, optional
            Types; those without an interval can't be tested and are left out of the default.
        each_other : bool
            Test that they do not differ from each other instead.

        Returns
        -------
        JointTest
            F statistic with Satterthwaite-like degrees of freedom (HTZ).
        """
        from autonomy_stats.models.contrasts import joint_test_of

        return joint_test_of(self, school_types, each_other=each_other)

    @cached_property
    def headline(self) -> pd.DataFrame:
        """The rows to report: one a type, or one a type and level where the levels disagree.

        Returns
        -------
        pandas.DataFrame
            `level` (`all` where one row speaks for all levels), `school_type, estimate,
            std_error, df, statistic, p_value, conf_low, conf_high, n_schools, note`, and
            `reason`: why these rows, with the joint test that the levels agree.
        """
        from autonomy_stats.models.beside import headline

        return headline(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the effects with what was asked, so that frames of several fits can be stacked.

        Returns
        -------
        pandas.DataFrame
            The columns of `effects`, then `outcome, reference, estimator, weights, cluster, vcov,
            working, conf_level, controls, absorbed`, the last two joined by spaces; and
            `simulated`, if the fit is.
        """
        asked = ("outcome", "reference", "estimator", "weights", "cluster", "vcov", "working")
        frame = self.effects.assign(
            **{name: getattr(self, name) for name in (*asked, "conf_level")},
            controls=" ".join(self.controls),
            absorbed=" ".join(self.absorbed),
        )
        return marked(frame, self)

    def summary(self) -> Summary:
        """Return the fit as tables: how it was made, each type, each control.

        Returns
        -------
        statsmodels.iolib.summary.Summary
            Prints as text, shows as HTML in a notebook; `as_csv()` and `as_latex()` too.
        """
        from autonomy_stats.models.summary import summary

        return summary(self)

    def cite(self) -> str:
        """Return what to say of the method in a paper, and the papers that it comes from."""
        from autonomy_stats.models.references import cite

        return cite(self)

    def schools(self, school_type: str) -> int:
        """Return how many schools of a type entered the fit."""
        counts = self.effects.set_index("school_type")["n_schools"].to_dict()
        if school_type not in counts:
            raise UsageError(f"no type {school_type!r}; there are {', '.join(map(str, counts))}")
        return int(counts[school_type])

    def __repr__(self) -> str:
        """Return the fit in sentences: each type, then how it was estimated."""
        return in_sentences(self)

    def _repr_html_(self) -> str:
        """Return the fit as a small table for notebooks."""
        return in_html(self)
