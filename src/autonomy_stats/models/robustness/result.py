"""All that is known of how far an estimate could be wrong, in one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.robustness.curve import SpecificationCurve

__all__ = ["PARTS", "Robustness"]

PARTS = (
    "variations",
    "curve",
    "sensitivity",
    "misclassification",
    "balance",
    "overlap",
    "influence",
    "heterogeneity",
)
"""Parts of the result, in the order in which they are made and told."""


@dataclass(frozen=True, repr=False)
class Robustness:
    """An estimate with all that it hangs on.

    A part that was not asked for is None; so is one that could not be made, and `problems` says
    why.

    Parameters
    ----------
    fit : Fit
        The estimate.
    variations : pandas.DataFrame or None
        Other controls, estimators, inference: `estimate_variations`.
    curve : SpecificationCurve or None
        The estimate under every defensible choice: `specification_curve`.
    sensitivity : pandas.DataFrame or None
        What a confounder would have to be: `sensitivity`.
    misclassification : pandas.DataFrame or None
        Bounds if schools are of another type than the roster says: `misclassification`.
    balance : pandas.DataFrame or None
        How alike the schools are, raw and adjusted: `balance`.
    overlap : pandas.DataFrame or None
        The estimate without schools that no reference school is like: `overlap`.
    overlap_schools : pandas.DataFrame or None
        Each school's distance from the reference: `overlap_schools`, with the part `overlap`.
    influence : pandas.DataFrame or None
        Estimates without each school, operator and type: `influence`.
    heterogeneity : pandas.DataFrame or None
        By level, subject, student group, low income and age: `heterogeneity`.
    problems : mapping of str to str
        Why a part could not be made.
    """

    fit: Fit
    variations: pd.DataFrame | None = None
    curve: SpecificationCurve | None = None
    sensitivity: pd.DataFrame | None = None
    misclassification: pd.DataFrame | None = None
    balance: pd.DataFrame | None = None
    overlap: pd.DataFrame | None = None
    overlap_schools: pd.DataFrame | None = None
    influence: pd.DataFrame | None = None
    heterogeneity: pd.DataFrame | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any row of the frame, or of the curve's, came from a simulated file."""
        return self.fit.simulated or (self.curve is not None and self.curve.simulated)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that were made."""
        return tuple(name for name in PARTS if getattr(self, name) is not None)

    @property
    def school_types(self) -> list[str]:
        """Types with an estimate, in the order of the fit."""
        effects = self.fit.effects
        kept = effects["estimate"].notna() & (effects["school_type"] != self.fit.reference)
        return list(effects.loc[kept, "school_type"])

    def to_frame(self) -> pd.DataFrame:
        """Return all parts in one long table, for a file.

        Returns
        -------
        pandas.DataFrame
            `part, school_type, name` (of the specification, confounder, school, ...), then
            `estimate, std_error, df, p_value, conf_low, conf_high, n_schools` where the row is an
            estimate, `quantity, value` where it is something else, such as a standardized
            difference, and `note`. A part that could not be made has one row, which says why.
        """
        from autonomy_stats.models.robustness.long import long_table

        return long_table(self)

    def summary(self, school_type: str | None = None) -> str:
        """Say in plain words what the estimates hang on.

        Parameters
        ----------
        school_type : str, optional
            This type only.

        Raises
        ------
        UsageError
            If the type has no estimate.
        """
        from autonomy_stats.models.robustness.sentences import summary

        return summary(self, school_type)

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()
