# %% [markdown]
# # Boston, from raw file to figure
#
# **What is asked.** How do Boston's charter, pilot, innovation, Horace Mann and turnaround schools
# do beside its district schools of similar composition? This notebook takes the long way and looks
# at every step: the file as the state published it, the tidy table, the join, the guards, the
# estimate, the picture.
#
# It runs on the state's files where `AUTONOMY_STATS_RAW` names their folder, and on simulated ones
# where it names none. The year is the last one whose results and enrollment are at hand, so that
# with official files it may be another than with simulated ones. Every table and figure says.

# %%
# %matplotlib inline
import os
import tempfile
from pathlib import Path

import pandas as pd

import autonomy_stats as aus
from autonomy_stats.loaders.survey import survey

scratch = tempfile.TemporaryDirectory()
raw = os.environ.get("AUTONOMY_STATS_RAW")
if not raw:
    raw = Path(scratch.name, "raw")
    aus.simulate_raw(raw, seed=2018, places=["boston"])

# %% [markdown]
# ## 1. What files are there?
#
# A file is recognised by its header texts, whatever it is called. Files of other states are passed
# over here. A column that a layout does not declare stops the load: a changed file is a changed
# meaning.

# %%
known = [item for item in survey(raw) if item.layout is not None]
paths = [item.path for item in known if item.layout.state == "massachusetts"]
loaded = [aus.load_file(path) for path in paths]
contents = pd.DataFrame(
    {
        "file": one.path.name,
        "layout": one.layout,
        "table": name,
        "rows": len(table),
        "schools": table["school_id"].nunique(),
        "end_year": year,
        "simulated": one.simulated,
    }
    for one in loaded
    for name, frame in one.tables.items()
    for year, table in frame.groupby("end_year")
)
contents

# %% [markdown]
# The last year for which results, growth and enrollment of the state's schools are all at hand.
# Files with a handful of schools do not count.

# %%
whole = contents[contents["schools"] > 100]
years = [set(whole.loc[whole["table"] == name, "end_year"]) for name in whole["table"].unique()]
end_year = int(max(set.intersection(*years)))
end_year

# %% [markdown]
# ## 2. One file, as it was read
#
# Rows that are no school's are left out and counted. A score is never just missing: `status` says
# whether it was reported, derived, hidden for privacy or not published.

# %%
names = whole.loc[(whole["table"] == "achievement") & (whole["end_year"] == end_year), "file"]
one = next(item for item in loaded if item.path.name == names.iloc[0])
print(one.layout, one.sha256[:12], one.passed_over)
one.tables["achievement"][
    ["school_name", "assessment", "subject", "grade", "n_tested", "proficient_pct", "status"]
].head()

# %%
pd.concat(item.tables["achievement"] for item in loaded if "achievement" in item.tables).groupby(
    ["end_year", "assessment", "status"]
).size()

# %% [markdown]
# ## 3. The join
#
# Results get the enrollment of the same spring, and each school its type from Boston's roster.
# Every join counts what it leaves over.

# %%
panel = aus.load_panel("boston", [end_year], raw=raw)
report = panel.join_report
report.loc[~report["join"].isin(["coverage", "files"]), report.columns[:5]]

# %% [markdown]
# The roster is of 2015-16. Against the counts of others:

# %%
for line in report.loc[report["join"] == "coverage", "note"]:
    print("-", line)

# %% [markdown]
# ## 4. Who attends which schools?
#
# The reason for all that follows. Types of school enroll different students, and a plain
# comparison of their results compares their students first of all.

# %%
shares = ["black_pct", "hispanic_pct", "low_income_pct", "english_learner_pct", "disability_pct"]
panel.frame.drop_duplicates("school_id").groupby("school_type")[shares].mean().round(0)

# %% [markdown]
# ## 5. The estimate, and its guards
#
# Exam and alternative schools stay out of the comparison, because there is nothing similar to
# compare them with. `exclusions` counts all that did not enter. Had a missing control dropped
# more than one in twenty of any type's schools, the estimate would have stopped and named it.

# %%
fit = aus.estimate_effects(panel.frame, "proficient_pct")
fit.exclusions

# %%
print(fit)

# %% [markdown]
# Read a row like this: *among schools with similar students, schools of this type are so many
# points higher or lower in percent proficient; values within the interval are compatible with the
# data.* It is an association between type and result. It does not say that a school would change
# if its type did, nor that a child would score otherwise elsewhere.
#
# An interval for four schools is wide because four schools tell little, and `df`, the degrees of
# freedom, says how little.

# %%
columns = ["school_type", "estimate", "std_error", "df", "conf_low", "conf_high", "n_schools"]
fit.effects[[*columns, "note"]].round(1)

# %% [markdown]
# Do elementary and middle schools tell the same story? If not, `headline` reports them apart.

# %%
fit.headline[["level", *columns[:2], *columns[4:], "note"]].round(1)

# %%
print(fit.headline["reason"].iloc[0])

# %% [markdown]
# Are pilot and innovation schools shown to differ from *each other*? That one of them differs from
# district schools and the other does not would not show it.

# %%
fit.compare("pilot", "innovation").round(2)

# %% [markdown]
# ## 6. Growth
#
# A growth percentile says how a student's score compares with that of students in the state who
# had the same scores before. It is nearer to what a school adds than a percent proficient is, and
# still an association.

# %%
growth = aus.load_panel("boston", [end_year], table="growth", raw=raw)
grown = aus.estimate_effects(growth.frame, "value")
print(*growth.frame["measure"].unique(), *growth.frame["series"].unique())
grown.effects[[*columns, "note"]].round(1)

# %% [markdown]
# ## 7. The figure
#
# A figure says what it was drawn from. If any file was simulated, it says so across the drawing,
# and the numbers beside it do in a column.

# %%
figure = aus.plot_effects(fit)
figure.savefig(Path(scratch.name, "boston.svg"))
fit.to_frame().to_csv(Path(scratch.name, "boston.csv"), index=False)
figure

# %% [markdown]
# To write more than one figure, with captions, hashes of all files and the counts of every join:
# `aus.reproduce(raw, out="out")`, or `autonomy-stats reproduce` on the command line.
