"""The estimators by name: a new one is one new module and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError

if TYPE_CHECKING:
    from autonomy_stats.models.design import Design
    from autonomy_stats.models.wls import Estimates

__all__ = ["ESTIMATORS", "LEAST_SQUARES", "VCOVS", "Estimator", "find_estimator"]

LEAST_SQUARES = ("wls", "ols")
"""Estimators whose estimates are sums of weights times outcomes."""

VCOVS = ("CR2", "CR3", "CR1", "CR0")
SAME_ALONE = tuple(kind for kind in VCOVS if kind != "CR1")
"""CR1 multiplies by a factor of all clusters, so that one type would move another's numbers."""

SATTERTHWAITE = "Satterthwaite degrees of freedom"
CLUSTERS_LESS_ONE = "clusters less one degrees of freedom"


@dataclass(frozen=True)
class Estimator:
    """An estimator: its name, the function that fits it, and what a reader must know of it.

    Parameters
    ----------
    name : str
        Value of `estimator=`.
    function : str
        Module of this folder and function in it, `wls.fit_wls`.
    words : str
        What it is, in a sentence of the method.
    unit : str
        Unit of its estimates; empty: the outcome's.
    vcovs : tuple of str
        Covariances that it has.
    crude : tuple of str
        Of these, the ones without Satterthwaite degrees of freedom.
    whole_schools : bool
        Whether it compares schools rather than rows, so that parts of the rows are estimated
        apart.
    """

    name: str
    function: str
    words: str
    unit: str = ""
    vcovs: tuple[str, ...] = VCOVS
    crude: tuple[str, ...] = ()
    whole_schools: bool = False

    def fit(self, design: Design, *, vcov: str, working: str) -> Estimates:
        """Fit a design."""
        module, _, function = self.function.partition(".")
        found: Estimates = getattr(import_module(f"autonomy_stats.models.{module}"), function)(
            design, vcov=vcov, working=working
        )
        return found

    def inference(self, vcov: str) -> str:
        """Say how standard errors and degrees of freedom are made."""
        if vcov == "model":
            return "standard errors of the model, degrees of freedom between and within schools"
        df = CLUSTERS_LESS_ONE if vcov in self.crude else SATTERTHWAITE
        return f"{vcov} standard errors, {df}"


ESTIMATORS = (
    Estimator("wls", "wls.fit_wls", ""),
    Estimator("ols", "wls.fit_wls", ""),
    Estimator(
        "fractional_logit",
        "fractional_logit.fit_fractional_logit",
        "Fractional logit, average differences. ",
        crude=("CR0", "CR1"),
    ),
    Estimator(
        "ordered",
        "ordered.fit_ordered",
        "Ordered logit of levels, average differences in the expected level. ",
        unit="levels",
        crude=("CR0", "CR1"),
    ),
    Estimator(
        "mixed",
        "mixed.fit_mixed",
        "Random intercept for each school, REML; weights are precisions. ",
        vcovs=(*VCOVS, "model"),
    ),
    Estimator(
        "matched",
        "matched.fit_matched",
        "Each school against up to 5 reference schools, every share within one standard "
        "deviation; average over the schools with a comparison. ",
        vcovs=SAME_ALONE,
        whole_schools=True,
    ),
    Estimator(
        "aipw",
        "aipw.fit_aipw",
        "Doubly robust, average over the schools of the type. ",
        vcovs=SAME_ALONE,
        whole_schools=True,
    ),
)


def find_estimator(name: str) -> Estimator:
    """Return an estimator by its name.

    Raises
    ------
    UsageError
        If there is none; the message lists those there are.

    Examples
    --------
    >>> find_estimator("mixed").vcovs[-1]
    'model'
    """
    for one in ESTIMATORS:
        if one.name == name:
            return one
    known = tuple(one.name for one in ESTIMATORS)
    raise UsageError(f"estimator must be one of {known}; got {name!r}")
