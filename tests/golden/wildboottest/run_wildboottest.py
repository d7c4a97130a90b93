"""Write what wildboottest says of made-up regressions with few clusters.

Usage: python run_wildboottest.py OUTPUT_FILE, with wildboottest installed. The test reads `DESIGNS`
from here. With few clusters every pattern of signs is enumerated, so that nothing is random.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("constant", "covariate", "treated")


def design(seed: int, m: int, treated: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns, outcome and clusters; so many clusters are treated."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(m), rng.integers(3, 9, m))
    covariate = rng.random(len(clusters))
    columns = np.column_stack([np.ones(len(clusters)), covariate, clusters < treated])
    shift = rng.random(m)[clusters]
    return columns, columns @ [1.0, 0.5, 0.3] + shift + rng.random(len(clusters)), clusters


DESIGNS = {
    f"{m} clusters, {k} treated": design(m, m, k)
    for m, k in [(6, 3), (8, 4), (9, 2), (11, 5), (13, 6)]
}


def main(path: str) -> None:
    from wildboottest.wildboottest import WildboottestCL

    rows = []
    for name, (columns, outcome, clusters) in DESIGNS.items():
        for number, term in enumerate(COLUMNS):
            test = WildboottestCL(
                X=columns, Y=outcome, cluster=clusters, R=np.eye(3)[number], B=99999, seed=1
            )
            test.get_scores(bootstrap_type="11", impose_null=True)
            test.get_weights(weights_type="rademacher")
            for step in ("numer", "denom", "tboot", "vcov", "tstat", "pvalue"):
                getattr(test, f"get_{step}")()
            rows.append(
                {
                    "design": name,
                    "term": term,
                    "outcome_sum": outcome @ np.arange(1, len(outcome) + 1),
                    "draws": len(test.t_boot),
                    "statistic": float(np.squeeze(test.t_stat)),
                    "p_value": float(test.pvalue),
                }
            )
    pd.DataFrame(rows).to_csv(Path(path), index=False, float_format="%.12g")


if __name__ == "__main__":
    main(sys.argv[1])
