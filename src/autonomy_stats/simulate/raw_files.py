"""Write the raw files of the five states from simulated students, with a truth that is known."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats import __version__
from autonomy_stats.errors import UsageError
from autonomy_stats.mark import MARK
from autonomy_stats.parallel import in_order
from autonomy_stats.shared_folders import refuse_unshared
from autonomy_stats.simulate.cities import CITIES, City
from autonomy_stats.simulate.growth import growth_indices, student_percentiles
from autonomy_stats.simulate.schools import draw_schools
from autonomy_stats.simulate.state_files import STATE_FILES
from autonomy_stats.simulate.students import draw_spring
from autonomy_stats.simulate.tables import (
    achievement,
    demographics,
    directory,
    levels,
    median_percentiles,
)
from autonomy_stats.simulate.truth import Truth, load_truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["simulate_raw", "simulated_tables"]

README = "README.md"
TRUTH = "truth.csv"
SCHOOLS = "true_schools.csv"

TEXT = """# {mark}: no state published these files

Written by autonomy-stats {version} with seed {seed}. Schools, students and results are made up.
Only the layouts are the states', and the ids of the schools that a roster of the package names, so
that the package reads the files as it reads official ones. Each school's name begins with `{mark}`;
where a layout has no names, a cell of every row does. `load_file` reads that mark, and whatever is
drawn from these files bears it.

- `truth.csv`: the true associations that the students were drawn with.
- `true_schools.csv`: each school's true type by spring and what the controls do not see of it.
- one folder a state: its files.
"""


def simulate_raw(
    out: str | os.PathLike[str],
    seed: int = 0,
    truth: str | os.PathLike[str] | Truth | None = None,
    *,
    places: Iterable[str] | None = None,
    jobs: int = -1,
    progress: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:
    """Write simulated raw files of the five states in their official layouts.

    Parameters
    ----------
    out : path
        Folder to write: new, empty, or one that this function wrote before, which is replaced.
    seed : int
        The same seed, truth and version of the package give the same bytes.
    truth : path or Truth, optional
        True associations; see `load_truth`. Default: the package's.
    places : iterable of str, optional
        Cities whose states are simulated; default all five. A state's files do not depend on
        which others are.
    jobs : int
        States at work at once; -1: one for each processor.
    progress : callable, optional
        Called with the name of each state when its files are written.

    Returns
    -------
    tuple of pathlib.Path
        The raw files.

    Raises
    ------
    UsageError
        If the folder holds something else, the seed is negative, or a place is not simulated.
    RawFileError, DataError
        If the truth cannot be read, or a row of it is not allowed.

    Examples
    --------
    >>> import tempfile
    >>> from autonomy_stats import load_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = simulate_raw(Path(folder, "raw"), seed=1, places=["memphis"])
    ...     loaded = load_file(paths[0])
    >>> loaded.layout, loaded.simulated
    ('tennessee-tcap-2013', True)
    """
    import pandas as pd
    from joblib import delayed

    target = Path(out)
    cities = _cities(places)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed must be a whole number from 0 on; got {seed!r}")
    known = truth if isinstance(truth, Truth) else load_truth(truth)
    _refuse_other(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as scratch:
        folder = Path(scratch).absolute() / "raw"  # workers keep the folder they started in
        work = (delayed(_write_state)(city, seed, known, folder) for city in cities)
        names: list[str] = []
        truths = []
        alone = len(cities) == 1  # no worker to start
        refuse_unshared(written=[folder.parent])
        results = in_order(work, 1 if alone else jobs)
        for city, (written, schools) in zip(cities, results, strict=True):
            names += written
            truths.append(schools)
            if progress is not None:
                progress(city.state)
        known.write(folder / TRUTH)
        pd.concat(truths).to_csv(
            folder / SCHOOLS, index=False, float_format="%.6f", lineterminator="\n"
        )
        text = TEXT.format(mark=MARK, version=__version__, seed=seed)
        (folder / README).write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            shutil.rmtree(target)
        os.replace(folder, target)
    return tuple(target / name for name in names)


def simulated_tables(
    city: City, seed: int, truth: Truth, *, groups: bool | None = None, growth: bool = True
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tidy tables of a simulated state, and the truth of its schools.

    Parameters
    ----------
    city : City
        One of `CITIES`.
    seed : int
        Seed.
    truth : Truth
        True associations.
    groups : bool, optional
        Whether results of groups of students are made; default: where the state's file has them.
    growth : bool
        Whether growth is made, where the state has it; what else is drawn does not depend on it.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        `achievement`, `growth` (where the state has it), `demographics`, `directory`.
    schools : pandas.DataFrame
        See `draw_schools`.
    """
    import pandas as pd

    # Each state has a stream of its own, so that one more state changes no other.
    rng, of_growth = (
        np.random.default_rng([seed, *city.state.encode(), number]) for number in (0, 1)
    )
    schools = draw_schools(city, truth, rng)
    with_groups = city.state == "california" if groups is None else groups
    parts: dict[str, list[pd.DataFrame]] = {}
    for year in city.end_years:
        spring = draw_spring(city, schools, year, truth, rng)
        made = {
            "achievement": achievement(city, schools, spring, groups=with_groups),
            "demographics": demographics(city, schools, spring),
            "directory": directory(city, schools, spring),
        }
        if growth and city.growth == "tvaas_level":
            indices = growth_indices(city, schools, spring, truth, of_growth)
            made["growth"] = levels(city, schools, spring, indices)
        elif growth and city.growth:
            percentiles = student_percentiles(city, schools, spring, truth, of_growth)
            made["growth"] = median_percentiles(city, schools, spring, percentiles)
        for name, frame in made.items():
            parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}, schools


def _write_state(
    city: City, seed: int, truth: Truth, folder: Path
) -> tuple[list[str], pd.DataFrame]:
    """Write the files of one state; return their names below the folder, and its true schools."""
    import pandas as pd

    tables, schools = simulated_tables(city, seed, truth)
    paths = [file.write(folder / city.state, tables) for file in STATE_FILES[city.state]]
    names = ["school_id", "school_name", "unseen"]
    parts = [
        schools[names].assign(
            place=city.place,
            end_year=year,
            rostered_type=schools[f"rostered_{year}"],
            true_type=schools[f"type_{year}"],
        )
        for year in city.end_years
    ]
    true = pd.concat(parts).dropna(subset=["true_type"])
    return [path.relative_to(folder).as_posix() for path in paths], true


def _cities(places: Iterable[str] | None) -> list[City]:
    """Return the cities that are wanted."""
    if places is None:
        return list(CITIES)
    known = {city.place: city for city in CITIES}
    wanted = [places] if isinstance(places, str) else list(places)
    if unknown := [name for name in wanted if name not in known]:
        raise UsageError(
            f"no simulated place is called {unknown[0]!r}; the places are {', '.join(known)}"
        )
    return [known[name] for name in wanted]


def _refuse_other(target: Path) -> None:
    """Refuse a folder that holds anything that this module did not write."""
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is a file; a folder to write the simulated files to is needed")
    held = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    if not held:
        return
    readme = target / README
    ours = readme.is_file() and readme.read_text(encoding="utf-8").startswith(f"# {MARK}:")
    extra = set(held) - {README, TRUTH, SCHOOLS, *STATE_FILES}
    if not ours or extra:
        name = sorted(extra)[0] if extra else held[0]
        raise UsageError(
            f"{target}: holds {name!r}, which no simulation wrote; give a new folder, so that "
            "nothing is lost"
        )
