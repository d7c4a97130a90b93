# %% [markdown]
# # Your own district
#
# **What is asked.** The same as everywhere: how do schools of each type do beside similar district
# schools? But for a district that this package has never heard of, in a state whose files it does
# not read. Three tables are enough: results, enrollment, and a list of the schools that are of
# another type. You fill in templates, in a spreadsheet or, as here, by program.
#
# The district below is made up, and the names of its schools say so. Put your own numbers in its
# place.

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import autonomy_stats as aus
from autonomy_stats.facts import Place, load_roster
from autonomy_stats.templates import template, write_template

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)

# %% [markdown]
# ## 1. The templates
#
# `autonomy-stats template achievement` prints this: each column explained above the header.

# %%
print(template("achievement")[:900], "...")

# %% [markdown]
# ## 2. Fill them in
#
# Thirty schools in a district of Ohio; results in two subjects and three grades. The small print
# that matters:
#
# - ids are **text**: `0007` is not `7`,
# - a percent goes from 0 to 100,
# - a result that was hidden has a `status`, and bounds if the state's rule gives any. It is never a
#   zero and never just blank.

# %%
random = np.random.default_rng(7)
schools = pd.DataFrame({"school_id": [f"{number:04d}" for number in range(1, 31)]})
schools = schools.assign(
    state="ohio",
    end_year=2019,
    district_id="01",
    school_name="SIMULATED school " + schools["school_id"],
    enrollment=random.integers(200, 700, 30),
    low_income_pct=random.uniform(20, 90, 30).round(1),
    black_pct=random.uniform(5, 60, 30).round(1),
    low_income_definition="eligible for free or reduced-price meals",
)
pilots = schools["school_id"].isin([f"{number:04d}" for number in range(22, 31)])

# %%
results = schools.merge(pd.DataFrame({"subject": ["ela", "math"]}), how="cross")
results = results.merge(pd.DataFrame({"grade": ["03", "04", "05"]}), how="cross")
noise = random.normal(0, 4, len(schools))[results.index // 6] + random.normal(0, 3, len(results))
pilot_rows = results["school_id"].isin(schools.loc[pilots, "school_id"])
percent = 70 - 0.5 * results["low_income_pct"] + 5 * pilot_rows
results = results.assign(
    assessment="Ohio's State Test",
    series="OST 2016",
    student_group="all",
    n_tested=(results["enrollment"] / 6).round(),
    n_tested_status="reported",
    proficient_pct=(percent + noise).clip(1, 99).round(1),
    status="reported",
)
results["proficient_pct_low"] = results["proficient_pct_high"] = results["proficient_pct"]

# A cell of few students: hidden, so that any percent is possible.
hidden = ["n_tested", "n_tested_status", "proficient_pct"]
results.loc[0, hidden] = None
results.loc[0, ["status", "proficient_pct_low", "proficient_pct_high"]] = ["suppressed", 0, 100]

# %%
roster = schools.loc[pilots, ["state", "school_id", "school_name"]].assign(
    place="riverton",
    school_type="pilot",
    from_end_year=2015,
    source="Riverton school board, minutes of 4 March 2014",
    confidence="documented",
)

# %% [markdown]
# Rows go below the template's header, in its order. In a spreadsheet that is all there is to do.

# %%
for name, rows in {"achievement": results, "demographics": schools, "roster": roster}.items():
    path = write_template(name, folder / f"{name}.csv")
    header = path.read_text(encoding="utf-8").splitlines()[-1].split(",")
    filled = rows.reindex(columns=header).to_csv(header=False, index=False, lineterminator="\n")
    path.write_text(path.read_text(encoding="utf-8") + filled, encoding="utf-8")

sorted(path.name for path in folder.iterdir())

# %% [markdown]
# ## 3. Check them
#
# `load_file` reads a file, or says in which row and column something is wrong, what it found and
# what it expected. `autonomy-stats check FILE` does the same on the command line.

# %%
checked = aus.load_file(folder / "achievement.csv")
print(checked.layout, "simulated:", checked.simulated)
checked.tables["achievement"]["status"].value_counts()

# %%
wrong = folder / "wrong"
wrong.mkdir()
text = (folder / "demographics.csv").read_text(encoding="utf-8")
(wrong / "demographics.csv").write_text(text.replace(",2019,", ",2018-19,", 1), encoding="utf-8")
try:
    aus.load_file(wrong / "demographics.csv")
except aus.AutonomyStatsError as problem:
    print(str(problem).replace(f"{scratch.name}/", ""))

# %%
(wrong / "demographics.csv").unlink()  # all files of a folder are read
wrong.rmdir()

# %% [markdown]
# ## 4. The panel
#
# A place of your own needs a name, its state and its districts. A school that the roster does not
# name counts as `traditional`; say `unlisted="unknown"` if your list is not complete, because
# schools that are missing from it would otherwise be compared with.

# %%
riverton = Place("riverton", "ohio", "Riverton", district_ids=("01",))
load_roster(riverton, folder / "roster.csv").groupby(["school_type", "confidence"]).size()

# %%
panel = aus.load_panel(riverton, [2019], roster=folder / "roster.csv", raw=folder)
panel.join_report[["join", "side", "school_type", "n_schools", "n_rows"]]

# %% [markdown]
# ## 5. The estimate

# %%
fit = aus.estimate_effects(panel.frame, "proficient_pct")
print(fit)

# %% [markdown]
# Two sentences of it matter most. *Held equal* names what the schools are alike in, and *not held
# equal* names what no file gave: here English learners, students with disabilities and two groups
# of race. Every share that is missing is one more thing that the difference may stand for.
#
# The pilot schools of this made-up district were made 5 points higher than others of the same
# share of low-income students. See how near the estimate comes, and how wide its interval is with
# nine schools. In a real district nobody knows the 5.

# %%
aus.plot_effects(fit)

# %%
aus.minimum_detectable_effect(panel.frame)[["school_type", "n_schools", "detectable"]].round(1)

# %% [markdown]
# ## 6. Next
#
# - `fit.beside` and `fit.headline` work as in notebook 01; `aus.robustness(panel.frame)` tells how
#   far each estimate could be wrong.
# - Several years: fill in several, load them with `[2018, 2019]`. If the test changed between
#   them, give the rows different texts in `series`, and no estimate will mix them up.
# - If your state publishes one file a year, a layout reads it as it is: CONTRIBUTING.md shows how
#   to add one in half an hour.
