"""CR2 with all degrees of freedom, and a wild cluster bootstrap, beside others.

R's clubSandwich is timed inside R (`inference.R`), so that R's start does not count. Pyfixest has
no CR2 for weighted regressions with covariates of all kinds: its CRV1 and CRV3 are other, simpler
estimates, and stand here for scale. The wild bootstrap is of one coefficient, without weights and
with as many draws; wildboottest and ours test it, and ours gives the interval as well.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import OURS, Case

SIZES, QUICK = (280, 2_800), (20, 200)
PER_SCHOOL = 25
DRAWS = 9999
HERE = Path(__file__).resolve().parent


def _regression(schools: int):  # type: ignore[no-untyped-def]
    from inference_tasks import regression

    return regression(PER_SCHOOL * schools, schools)


def write(folder: Path, schools: int) -> None:
    """Write the regression for R."""
    made = _regression(schools)
    names = [f"x{number}" for number in range(made.design.shape[1])]
    with (folder / "regression.csv").open("w", encoding="ascii", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["outcome", "school", "weight", *names])
        for row in zip(made.outcome, made.schools, made.weights, made.design, strict=True):
            writer.writerow([*row[:3], *row[3]])


def _cr2(_folder: Path, schools: int) -> Callable[[], object]:
    from inference_tasks import cr2

    return cr2(_regression(schools))


def _bootstrap(_folder: Path, schools: int) -> Callable[[], object]:
    from inference_tasks import bootstrap

    return bootstrap(_regression(schools)._replace(weights=None))


def _frame(schools: int):  # type: ignore[no-untyped-def]
    import pandas as pd

    made = _regression(schools)
    names = [f"x{number}" for number in range(made.design.shape[1])]
    frame = pd.DataFrame(made.design, columns=names)
    frame = frame.assign(outcome=made.outcome, school=made.schools, weight=made.weights)
    return frame, names


def _pyfixest(vcov: str) -> Callable[[Path, int], Callable[[], object]]:
    def ready(_folder: Path, schools: int) -> Callable[[], object]:
        import pyfixest

        frame, names = _frame(schools)
        formula = f"outcome ~ {' + '.join(names[1:])}"  # the first cell is the intercept

        fit = pyfixest.feols(formula, frame, weights="weight", vcov="iid")
        return lambda: fit.vcov({vcov: "school"})

    return ready


def _wildboottest(_folder: Path, schools: int) -> Callable[[], object]:
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    frame, names = _frame(schools)
    model = sm.OLS(frame["outcome"], frame[names])
    return lambda: wildboottest(
        model, cluster=frame["school"], B=DRAWS, param=names[-1], seed=1, show=False
    )


CR2, WILD = "CR2, all degrees of freedom", "wild cluster bootstrap, 9,999 draws"
CASES = (
    Case(CR2, OURS, SIZES, QUICK, "schools of 25 rows", work=_cr2, write=write, calls=5),
    *(
        Case(CR2, f"pyfixest, {vcov} instead", SIZES, QUICK, "schools of 25 rows",
             work=_pyfixest(vcov), needs="pyfixest", calls=5)
        for vcov in ("CRV1", "CRV3")
    ),
    Case(WILD, OURS, SIZES, QUICK, "schools of 25 rows", work=_bootstrap, calls=3),
    Case(WILD, "wildboottest", SIZES[:1], QUICK[:1], "schools of 25 rows", work=_wildboottest,
         needs="wildboottest", calls=2),
)  # fmt: skip


def seconds_in_r(folder: Path) -> float:
    """Return the least seconds that clubSandwich takes for the regression of a folder."""
    command = ["Rscript", str(HERE / "inference.R"), str(folder / "regression.csv"), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return min(float(number) for number in done.stdout.splitlines()[0].split())
