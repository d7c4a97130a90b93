# %% [markdown]
# # What the method can and cannot tell
#
# **What is asked.** If schools of a type really differed by so many points, would the method find
# it? And when would it find something that is not there?
#
# Official files cannot answer that, because nobody knows their truth. So this notebook makes
# students whose schools differ by what we set, in a made-up Memphis with the numbers of schools
# and of tested students of the real one, and lets the method loose on them. All of it is
# SIMULATED, and nothing here is a finding about Memphis.
#
# A true *association* is set, such as "schools of this type are 6 points lower than traditional
# ones of the same composition". That is what the method estimates. What attending a school does is
# another question, and no part of this can answer it.

# %%
# %matplotlib inline
import pandas as pd

import autonomy_stats as aus
from autonomy_stats.simulate.cities import CITIES
from autonomy_stats.simulate.round_trip import round_trip, simulated_frame
from autonomy_stats.simulate.truth import load_truth

memphis = next(city for city in CITIES if city.place == "memphis")
truth = load_truth()
seeds = range(4)  # more seeds give steadier numbers; each takes about a second
truth.of("memphis", "proficient_pct")

# %% [markdown]
# ## 1. One city, one spring
#
# One draw of students and schools, as one real spring is one draw. Beside each estimate stands the
# truth. (Seed 4 was picked because chance happens to be small in it; try others.)

# %%
frame = simulated_frame(memphis, 4, "proficient_pct", truth)
fit = aus.estimate_effects(frame, "proficient_pct")
print(fit)

# %%
effects = fit.effects.dropna(subset="conf_low")
effects.assign(truth=effects["school_type"].map(truth.of("memphis", "proficient_pct")))[
    ["school_type", "truth", "estimate", "conf_low", "conf_high", "n_schools"]
].round(1)

# %%
aus.plot_effects(fit)

# %% [markdown]
# Estimates are off by a few points, as they must be: other schools might as well have been given
# the type. The intervals say how far off to expect.
#
# ## 2. Many springs
#
# Over several draws the mean estimate comes near the truth, and about 95 of 100 intervals hold it
# (of four draws, that can only be seen roughly). `sd_estimate` is how far single estimates scatter.

# %%
columns = ["school_type", "truth", "mean_estimate", "sd_estimate", "coverage"]
usual = round_trip("memphis", seeds, jobs=1)
usual[columns].round(1)

# %% [markdown]
# So far the method does what it promises. Three things can break the promise.
#
# ## 3. What nobody observed
#
# Suppose the iZone schools do not differ from others at all, but enroll students who were ahead
# in something that the controls do not see: by one standard deviation between schools. The same
# students and schools as above, but for that.

# %%
kind = ("memphis", "izone", "unobserved_selection")
selected = truth.changed({("memphis", "izone", "proficient_pct"): 0.0, kind: 1.0})
biased = simulated_frame(memphis, 4, "proficient_pct", selected)
wrong = aus.estimate_effects(biased, "proficient_pct").effects
pd.concat({"as before": effects, "with selection": wrong}).query("school_type == 'izone'")[
    ["school_type", "estimate", "conf_low", "conf_high", "p_value"]
].round(3)

# %% [markdown]
# The iZone schools come out eight points higher, where the truth is none. The interval is as
# narrow as before, and wrong: **an interval covers chance among schools, never what was not
# measured.** Does anything in the output warn of it?

# %%
two_types = biased[biased["school_type"].isin(["izone", "traditional"])]
table = aus.robustness(two_types, parts="variations", draws=99).variations
table = table[(table["school_type"] == "izone") & table["estimate"].notna()]
table[["variation", "subset", "estimate", "conf_low", "conf_high", "note"]].round(1)

# %% [markdown]
# No. Estimators, weights and kinds of interval agree with each other, because all of them see the
# same columns. Agreement among specifications shows that an answer does not hang on one of these
# choices. It does not show that the answer is right.
#
# This is why the package says *difference* and *association*. Evidence against selection comes
# from elsewhere: lotteries, results of the same students before, schools before they were given
# their type.
#
# ## 4. A roster with mistakes
#
# Let iZone schools be 8 points higher in truth, and let four in ten schools on the list be
# ordinary ones, while as many iZone schools stand among the traditional.

# %%
mistaken = truth.changed(
    {
        ("memphis", "izone", "proficient_pct"): 8.0,
        ("memphis", "izone", "misclassified"): 0.4,
    }
)
found = round_trip("memphis", seeds, truth=mistaken, jobs=1)
found.loc[found["school_type"] == "izone", columns].round(1)

# %% [markdown]
# Mistakes of this kind pull the difference towards zero. A roster that is known to be partly
# inferred makes small differences out of large ones more readily than the other way round, so look
# at `roster_confidence` and at the rows "documented roster only" of `fit.beside`.
#
# ## 5. Few schools
#
# How large must a true difference be to be seen in four of five springs? With 40 schools, with 16,
# with 5:

# %%
detectable = aus.minimum_detectable_effect(frame)
detectable[["school_type", "n_schools", "df", "detectable"]].dropna().round(1)

# %% [markdown]
# Where the detectable difference is ten points, neither "they do better" nor "they do no better"
# should be expected of a single spring. To claim that a type does *about the same*, the interval
# has to fit within a margin that was named before:

# %%
fit.about_the_same(margin=4)[["school_type", "estimate", "conf_low", "conf_high", "about_the_same"]]

# %% [markdown]
# ## In short
#
# | The method can | It cannot |
# | --- | --- |
# | compare schools of similar composition | know what students brought with them |
# | say how far chance among schools reaches | say how far unobserved selection reaches |
# | tell that there are too few schools | make up for few schools |
# | show which choices an answer hangs on | show that an answer is right |
# | count what is hidden and bound it | read hidden cells |
# | say how well a roster is documented | correct a wrong one |
#
# [Simulation](../docs/simulation.md) has the same with many more draws, and every constant.
