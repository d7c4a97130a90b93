# %% [markdown]
# # Redraw and restyle a figure
#
# **What is asked.** You have a figure of the study and need it otherwise: another size, your
# house's colours, one panel for a slide, other words. Every figure is two functions, `data` (panels
# in, one table out) and `draw` (that table in, a picture out), so that you can take over at either
# point and never have to recompute a number.
#
# The example is Figure 10, Indianapolis, from official files where `AUTONOMY_STATS_RAW` names their
# folder, else from simulated ones.

# %%
# %matplotlib inline
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import autonomy_stats as aus
from autonomy_stats.figures import fig10
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import MARKERS, PALETTE

scratch = tempfile.TemporaryDirectory()
raw = os.environ.get("AUTONOMY_STATS_RAW")
if not raw:
    raw = Path(scratch.name, "raw")
    aus.simulate_raw(raw, seed=2018, places=["indianapolis"])

# %% [markdown]
# ## 1. Draw it as the study does
#
# A run writes each figure as `.png`, `.svg` and `.csv`. The SVG keeps its text as text: words can
# be changed in Inkscape or Illustrator. The CSV has every number of the picture.

# %%
run = aus.reproduce(raw, out=Path(scratch.name, "out"), only=["10"])
print(run.drawn, *[result.reason for result in run.figures], "simulated:", run.simulated)
sorted(path.name for path in run.out.iterdir())

# %%
frame = pd.read_csv(run.out / "fig10.csv").fillna({"note": ""})  # an empty note is a text too
columns = ["group", "quantity", "end_year", "estimate", "conf_low", "conf_high", "n_schools"]
frame[[*columns, "note"]].round(1)

# %% [markdown]
# ## 2. Draw it again from the CSV
#
# No raw file is needed for this, only the committed CSV. What comes back is an ordinary matplotlib
# figure.

# %%
figure = fig10.draw(frame)
figure

# %% [markdown]
# ## 3. Restyle what is there
#
# Everything on a matplotlib figure can be changed afterwards: size, words, fonts, colours.

# %%
levels, changes = figure.axes[:2]
for axes in (levels, changes):
    axes.set_facecolor("#f6f6f2")
for line in changes.lines:
    line.set_color("#7a1f3d")
figure.set_size_inches(13, 5)
figure

# %% [markdown]
# ## 4. One panel for a slide
#
# The table is tidy, so a picture of your own takes a few lines. Three habits keep it honest:
#
# - keep the **interval** beside each point, and the number of schools,
# - keep **hollow** the points that are marked "too few to judge",
# - say in the caption which **test and year** it is, and that a difference between schools is not
#   what a school does.

# %%
change = frame[(frame["quantity"] == "change") & frame["conf_low"].notna()].iloc[::-1]
few = change["note"] != ""
labels = [
    f"{fig10.WORDS[name]}  ({n:.0f} schools)"
    for name, n in zip(change["group"], change["n_schools"], strict=True)
]
slide, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
axes.hlines(labels, change["conf_low"], change["conf_high"], color=PALETTE[0], linewidth=2.5)
axes.scatter(
    change["estimate"],
    labels,
    s=70,
    marker=MARKERS[0],
    facecolor=["white" if hollow else PALETTE[0] for hollow in few],
    edgecolor=PALETTE[0],
    zorder=3,
)
axes.axvline(0, color="#5f5f5f", linewidth=0.8)
axes.set_xlabel("Change of the same schools, percentage points, 2016 to 2017")
axes.set_title(f"{frame['assessment'].iloc[0]}: passing both tests", loc="left")
axes.spines[["top", "right", "left"]].set_visible(False)

# %% [markdown]
# **If the numbers are simulated, the picture must say so.** A figure that you draw yourself does
# not wear the mark by itself. `stamped` puts it across any drawing whose table bears it, and leaves
# a figure of official files alone.

# %%
slide = stamped(lambda table: slide)(frame)
slide.savefig(Path(scratch.name, "slide.png"), dpi=200)
plt.close("all")
slide

# %% [markdown]
# ## 5. A fit of your own
#
# `plot_effects` draws any fit. Its parts can be changed in the same way.

# %%
panel = aus.load_panel("indianapolis", [2017], raw=raw)
fit = aus.estimate_effects(panel.frame, "proficient_pct")
picture = aus.plot_effects(fit)
axes = picture.axes[0]
for line in axes.lines:
    line.set_color(PALETTE[2])
axes.set_xlim(-40, 40)
picture

# %% [markdown]
# The colours of `PALETTE` are Okabe and Ito's: readers with any kind of colour vision can tell them
# apart, and the shapes of `MARKERS` tell them apart in a grey print. If your house has colours of
# its own, keep the shapes.
