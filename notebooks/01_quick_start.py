# %% [markdown]
# # Quick start
#
# **The question.** How do a city's charter, innovation and other schools do, beside the
# district's own schools that enroll similar students, and how sure can we be?
#
# This notebook answers it for Indianapolis in a dozen cells. It runs on Indiana's official files
# where the variable `AUTONOMY_STATS_RAW` names their folder. Where it names none, it simulates
# such files first: schools, students and results are then made up, and everything says
# SIMULATED.

# %%
# %matplotlib inline
import os
import tempfile
from pathlib import Path

import autonomy_stats as aus
from autonomy_stats.models.bounds import outcome_bounds

raw = os.environ.get("AUTONOMY_STATS_RAW")
if not raw:  # simulated files, in a folder that goes when this notebook is closed
    scratch = tempfile.TemporaryDirectory()
    raw = Path(scratch.name, "raw")
    aus.simulate_raw(raw, seed=2018, places=["indianapolis"])

# %% [markdown]
# ## From files to a panel
#
# A panel has a row for each school, subject and grade, joined to who attends the school and what
# type of school it is. A year is the spring of a school year: 2017 is 2016-17. Files are found by
# what they hold, whatever they are called.

# %%
panel = aus.load_panel("indianapolis", [2017], raw=raw)
panel.sources[["layout", "table", "n_rows", "simulated"]]

# %%
panel.frame.groupby("school_type").agg(
    schools=("school_id", "nunique"),
    rows=("school_id", "size"),
    tested=("n_tested", "sum"),
    low_income_pct=("low_income_pct", "mean"),
    black_pct=("black_pct", "mean"),
).round(1)

# %% [markdown]
# **Did everything join?** Read this before any estimate. Each line counts schools that one side
# of a join has and the other lacks; no line of missing schools is hidden. `unknown` are schools
# whose type is not settled. They stand on neither side of a comparison.

# %%
joins = panel.join_report
joins.loc[~joins["join"].isin(["coverage", "files"]), joins.columns[:5]]

# %% [markdown]
# **Is the list of schools complete?** Everything that is said of a type stands on the roster,
# which says who is of the type. These lines set it against the counts that others give.

# %%
for line in joins.loc[joins["join"] == "coverage", "note"]:
    print("-", line)

# %% [markdown]
# ## The estimate
#
# Percent proficient, by type of school, among schools with similar shares of students by race,
# income, language and disability, in the same subject and grade.

# %%
fit = aus.estimate_effects(panel.frame, "proficient_pct")
print(fit)

# %%
aus.plot_effects(fit)

# %% [markdown]
# ## What these numbers mean, and what they do not
#
# - A point is a **difference between schools**, in percentage points, at equal composition. It is
#   an association. It is not what attending such a school does for a child: nothing is known of
#   what students knew before they came, and families choose schools.
# - The line is a **95 % interval**: values that the data do not speak against, allowing for chance
#   among schools. If it holds zero, the data do not settle whether there is a difference. That is
#   not the same as "no difference".
# - A hollow point has **too few schools to judge**. Its interval is shown, and should not be
#   leaned on.
# - Nothing in an interval covers what was not measured, or schools listed under the wrong type.
#   Notebook 04 shows how far that can go.
#
# **Do the levels agree?** Where elementary and middle schools clearly differ, one number would
# describe neither. `headline` then has a row for each level, and `reason` says why.

# %%
columns = ["level", "school_type", "estimate", "conf_low", "conf_high", "n_schools", "note"]
fit.headline[columns].round(1)

# %%
print(fit.headline["reason"].iloc[0])

# %% [markdown]
# **Could chance alone give types that differ this much?** One test for all types together.

# %%
fit.joint_test()

# %% [markdown]
# ## The same question, asked in other ways
#
# `beside` has what a careful reader would ask for next: without weights, one row a school, each
# subject and level apart, with documented schools only, and the *ladder*, from no controls to all
# of them. An answer that hangs on one of these choices is one to be careful about.

# %%
beside = fit.beside
rows = beside[beside["variation"].isin(["as asked", "unweighted", "one row a school", "ladder"])]
rows.pivot_table("estimate", ["variation", "subset"], "school_type", sort=False).round(1)

# %% [markdown]
# The step from `raw` to the last rung says how much of the plain difference goes with *whom the
# schools enroll*. A ladder that keeps moving as controls are added would likely move further if
# more were known.
#
# ## What could have been seen at all?
#
# `detectable` is the smallest true difference that this comparison would have shown in four of
# five cases. Where it is 15 points, "no difference was found" says very little.

# %%
detectable = aus.minimum_detectable_effect(panel.frame)
detectable[["school_type", "n_schools", "detectable", "note"]].round(1)

# %% [markdown]
# ## What the state hid
#
# Results of few students are hidden. Each hidden cell keeps its row, with the lowest and the
# highest percent that the state's rule allows.

# %%
panel.frame["status"].value_counts()

# %% [markdown]
# So the smallest and the largest estimate that the hidden cells allow can be worked out. The
# number tested is hidden with the percent, so this is without weights. The bounds are for hidden
# cells alone; chance comes on top. Where nothing is hidden, both are the estimate itself.

# %%
outcome_bounds(
    panel.frame, "proficient_pct", "proficient_pct_low", "proficient_pct_high", weights=None
).round(1)

# %% [markdown]
# ## What to write
#
# `cite` gives the sentence on method, and the papers that the method comes from.

# %%
print(fit.cite())

# %% [markdown]
# Next: [02](02_boston_from_raw_file_to_figure.ipynb) follows a file all the way to a figure,
# [03](03_your_own_district.ipynb) does this for a district of your own.
