"""Which paper a method comes from, and what to say of a fit in a paper of one's own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autonomy_stats.labels import outcome_label
from autonomy_stats.mark import MARK
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.wording import how_it_was_made

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["REFERENCES", "cite"]

REFERENCES = {
    "Abadie and Imbens 2011": (
        "Abadie, A. and Imbens, G. W. (2011). Bias-corrected matching estimators for average "
        "treatment effects. *Journal of Business & Economic Statistics* 29(1), 1-11."
    ),
    "Angrist and Pischke 2009": (
        "Angrist, J. D. and Pischke, J.-S. (2009). *Mostly Harmless Econometrics*. Princeton "
        "University Press."
    ),
    "Bell and McCaffrey 2002": (
        "Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear "
        "regression with multi-stage samples. *Survey Methodology* 28(2), 169-181."
    ),
    "Crump and others 2009": (
        "Crump, R. K., Hotz, V. J., Imbens, G. W. and Mitnik, O. A. (2009). Dealing with limited "
        "overlap in estimation of average treatment effects. *Biometrika* 96(1), 187-199."
    ),
    "Holm 1979": (
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian "
        "Journal of Statistics* 6(2), 65-70."
    ),
    "Liang and Zeger 1986": (
        "Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear "
        "models. *Biometrika* 73(1), 13-22."
    ),
    "McCaffrey and others 2004": (
        "McCaffrey, D. F., Lockwood, J. R., Koretz, D., Louis, T. A. and Hamilton, L. (2004). "
        "Models for value-added modeling of teacher effects. *Journal of Educational and "
        "Behavioral Statistics* 29(1), 67-101."
    ),
    "McCullagh 1980": (
        "McCullagh, P. (1980). Regression models for ordinal data. *Journal of the Royal "
        "Statistical Society, Series B* 42(2), 109-142."
    ),
    "Papke and Wooldridge 1996": (
        "Papke, L. E. and Wooldridge, J. M. (1996). Econometric methods for fractional response "
        "variables with an application to 401(k) plan participation rates. *Journal of Applied "
        "Econometrics* 11(6), 619-632."
    ),
    "Patterson and Thompson 1971": (
        "Patterson, H. D. and Thompson, R. (1971). Recovery of inter-block information when block "
        "sizes are unequal. *Biometrika* 58(3), 545-554."
    ),
    "Pustejovsky and Tipton 2018": (
        "Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust "
        "variance estimation and hypothesis testing in fixed effects models. *Journal of Business "
        "& Economic Statistics* 36(4), 672-683."
    ),
    "Raudenbush and Willms 1995": (
        "Raudenbush, S. W. and Willms, J. D. (1995). The estimation of school effects. *Journal of "
        "Educational and Behavioral Statistics* 20(4), 307-335."
    ),
    "Robins and others 1994": (
        "Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression "
        "coefficients when some regressors are not always observed. *Journal of the American "
        "Statistical Association* 89(427), 846-866."
    ),
    "Satterthwaite 1946": (
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance "
        "components. *Biometrics Bulletin* 2(6), 110-114."
    ),
    "Solon and others 2015": (
        "Solon, G., Haider, S. J. and Wooldridge, J. M. (2015). What are we weighting for? "
        "*Journal of Human Resources* 50(2), 301-316."
    ),
    "Tipton 2015": (
        "Tipton, E. (2015). Small sample adjustments for robust variance estimation with "
        "meta-regression. *Psychological Methods* 20(3), 375-393."
    ),
}
"""References by author and year; docs/method.md lists them too."""

OF_ESTIMATORS = {
    "fractional_logit": ("Papke and Wooldridge 1996",),
    "ordered": ("McCullagh 1980",),
    "mixed": ("Patterson and Thompson 1971",),
    "matched": ("Abadie and Imbens 2011",),
    "aipw": ("Robins and others 1994", "Crump and others 2009"),
}
OF_VCOVS = {
    "CR0": ("Liang and Zeger 1986",),
    "CR1": ("Liang and Zeger 1986",),
    "CR2": ("Bell and McCaffrey 2002", "Pustejovsky and Tipton 2018"),
    "CR3": ("Bell and McCaffrey 2002", "Pustejovsky and Tipton 2018"),
}
OF_OUTCOMES = {
    "_change": ("Angrist and Pischke 2009",),
    "_given_prior": ("McCaffrey and others 2004", "Raudenbush and Willms 1995"),
}
"""By the ending of the outcome's name: a change, and value added."""

TO_BE_CITED = "state the package's version (`autonomy_stats.__version__`) and the agencies' files"


def cite(fit: Fit) -> str:
    """Return what to say of a fit's method, and the papers that it comes from; see `Fit.cite`.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> text = aus.estimate_effects(panel.frame, "proficient_pct", weights=None).cite()
    >>> print(text.splitlines()[-1][:38])
    Tipton, E. (2015). Small sample adjust
    """
    outcome = outcome_label(fit.outcome)[0]
    warned = f"{MARK} files, of no real school: to be cited as such. " if fit.simulated else ""
    said = (
        f"{warned}Differences in {outcome} between school types among schools {fit.alike}".rstrip()
        + f", by autonomy_stats. {how_it_was_made(fit)} P-values of several types by Holm's "
        f"method; intervals are not adjusted. Please also {TO_BE_CITED}."
    )
    papers = [REFERENCES[key].replace("*", "") for key in sorted(set(_keys(fit)))]
    return "\n".join([*textwrap.wrap(said, 88), "", *papers])


def _keys(fit: Fit) -> Iterator[str]:
    """Yield the references of a fit's estimator, weights and inference."""
    yield from OF_ESTIMATORS.get(fit.estimator, ())
    yield from OF_VCOVS.get(fit.vcov, ())
    yield "Holm 1979"
    if fit.weights is not None and fit.estimator != "mixed":
        yield "Solon and others 2015"
    if "Satterthwaite" in find_estimator(fit.estimator).inference(fit.vcov):
        yield from ("Satterthwaite 1946", "Tipton 2015")
    for ending, keys in OF_OUTCOMES.items():
        if fit.outcome.endswith(ending):
            yield from keys
