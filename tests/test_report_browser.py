"""The report page in a browser: nothing breaks, anyone can use it, paper and phones do."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import reports

import autonomy_stats as aus
from autonomy_stats.report import build

REQUIRE = "AUTONOMY_STATS_REQUIRE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
PAPER = {"width": 688, "height": 1017}
"""What the margins leave of A4, in CSS pixels."""


@pytest.fixture(scope="module")
def browser():
    """Start Chromium; tests are skipped where there is none, and fail where there must be one."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        message = f"none of {', '.join(NAMES)} is installed (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get(REQUIRE) == "1" else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # As root, as in a container, Chromium has no sandbox to use.
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Write a page of each kind: made up, simulated, with hostile names, of a run."""
    root = tmp_path_factory.mktemp("pages")
    kinds = {
        "made up": {},
        "simulated": {"simulated": True},
        "hostile": {"names": reports.HOSTILE},
    }
    paths = {}
    for kind, options in kinds.items():
        folder = root / kind.replace(" ", "_")
        folder.mkdir()
        paths[kind] = folder / "report.html"
        paths[kind].write_text(build(reports.made_up(folder, **options)), encoding="utf-8")
    run = aus.reproduce(raw=root, out=root / "run", only=["michigan_2001", "fig06", "fig12"])
    return paths | {"run": run.out / "report.html"}


@pytest.fixture
def show(browser, pages):
    """Return a function that opens a page; at the end, nothing may have gone wrong in it."""
    opened, problems = [], []

    def open_page(kind="made up", viewport=DESK, *, expect_problems=False, **options):
        context = browser.new_context(viewport=viewport, offline=True, **options)
        context.set_default_timeout(10_000)
        tab = context.new_page()
        if not expect_problems:
            tab.on("console", lambda message: problems.append(message.text))
            tab.on("pageerror", lambda error: problems.append(str(error)))
            tab.on("requestfailed", lambda request: problems.append(request.url[:80]))
        tab.goto(pages[kind].as_uri())
        opened.append(context)
        return tab

    yield open_page
    for context in opened:
        context.close()
    assert problems == []


def open_details(tab) -> None:
    tab.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")


def column(tab, caption: str, heading: str) -> list[str]:
    """Return the texts of a column, from the top down."""
    found = tab.get_by_role("table", name=caption)
    number = [text.strip() for text in found.locator("thead th").all_inner_texts()].index(heading)
    return found.locator(f"tbody tr > :nth-child({number + 1})").all_inner_texts()


# Everyone


@pytest.mark.parametrize(
    ("kind", "viewport"),
    [("made up", DESK), ("made up", PHONE), ("simulated", DESK), ("run", DESK)],
    ids=["made up", "phone", "simulated", "run"],
)
def test_axe_finds_nothing(kind, viewport, show):
    from axe_playwright_python.sync_playwright import Axe

    tab = show(kind, viewport)
    open_details(tab)
    found = Axe().run(tab).response
    assert found["passes"]
    told = [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]
    ]
    assert told == []


@pytest.mark.parametrize("kind", ["made up", "hostile", "run"])
def test_a_phone_never_scrolls_the_page_sideways(kind, show):
    tab = show(kind, PHONE)
    for _ in range(2):
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        open_details(tab)
    inside = tab.evaluate(
        "Array.from(document.querySelectorAll('.scroll'), one => one.scrollWidth > one.clientWidth)"
    )
    assert any(inside)


def test_without_scripts_the_tables_are_there(show):
    tab = show(java_script_enabled=False)
    assert tab.locator("#view").is_hidden()
    assert tab.locator("th button").count() == 0
    tab.locator("summary", has_text="estimates as a table").click()
    assert tab.get_by_role("table", name="Every estimate of this run").is_visible()


def test_reduced_motion_is_honoured(show):
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"
    assert show().evaluate(scroll) == "smooth"
    assert show(reduced_motion="reduce").evaluate(scroll) == "auto"


# By keyboard


def test_the_first_stop_leads_to_the_findings(show):
    tab = show()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/report.html#findings")


def test_tables_are_sorted_by_keyboard(show):
    tab = show()
    caption = "The report's claims of how types of schools do"
    heading = "Difference, positive as the claim has it"
    before = column(tab, caption, heading)
    button = tab.get_by_role("table", name=caption).get_by_role("button", name=heading)
    cell = button.locator("..")
    button.focus()
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert cell.get_attribute("aria-sort") == "ascending"
    rising = ["−6.4 (−10.4 to −2.4)", "+0.1 (−4.2 to 4.4)", "+7.1 (2.6 to 11.6)", ""]
    assert before != rising
    assert column(tab, caption, heading) == rising
    tab.keyboard.press("Space")
    assert cell.get_attribute("aria-sort") == "descending"
    assert column(tab, caption, heading) == [*rising[2::-1], ""]  # no value: last, both ways
    other = tab.get_by_role("table", name=caption).get_by_role("button", name="Claim", exact=True)
    other.press("Enter")
    assert cell.get_attribute("aria-sort") is None
    assert column(tab, caption, "Claim") == ["BOS-P1", "DEN-P1", "DEN-P2", "MEM-P1"]


def test_the_view_follows_its_choices(show):
    tab = show()
    drawing, told = tab.locator("#view-drawing svg"), tab.locator("#view-told")
    types = drawing.locator("text.type")
    assert types.all_text_contents() == ["Pilot schools", "Horace Mann charters", "Charter schools"]
    assert drawing.locator("circle").count() == 3
    assert drawing.locator("rect").count() == 0
    assert told.inner_text() == "Boston, percent proficient: 3 estimates. A test, spring 2016."
    tab.get_by_label("Beside the main estimate").select_option("by level")
    assert drawing.locator("rect").count() == 6
    city = tab.get_by_label("City")
    city.focus()
    tab.keyboard.press("ArrowDown")
    assert city.input_value() == "Denver"
    assert types.all_text_contents() == ["Innovation schools", "Charter schools"]
    assert "percent proficient: 6 estimates" in told.inner_text()
    tab.get_by_label("Outcome").select_option("Growth")
    assert drawing.get_by_text("points; left of zero: lower", exact=True).count() == 1
    assert "Innovation schools, ELA and math: +4.1 [0.1 to 8.1], higher" in drawing.get_attribute(
        "aria-label"
    )


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_drawing_of_the_view_is_whole(viewport, show):
    """Points stand where their numbers say, and no text overlaps another or leaves the drawing."""
    tab = show(viewport=viewport)
    tab.get_by_label("Beside the main estimate").select_option("all of it")
    boxes = tab.evaluate(
        "Array.from(document.querySelectorAll('#view-drawing text'), one => {"
        " const box = one.getBoundingClientRect();"
        " return [box.left, box.top, box.right, box.bottom, one.textContent]; })"
    )
    assert len(boxes) > 60
    for number, (left, top, right, bottom, text) in enumerate(boxes):
        assert left >= 0, text
        assert right <= viewport["width"], text
        for other in boxes[number + 1 :]:
            across = min(right, other[2]) - max(left, other[0])
            down = min(bottom, other[3]) - max(top, other[1])
            assert not (across > 1 and down > 3), (text, other[4])
    at = tab.evaluate(
        "Array.from(document.querySelectorAll('#view-drawing circle'), one => one.cx.baseVal.value)"
    )
    steps = np.diff(at)  # estimates 7.1, -1.2, -6.4
    assert steps[0] / steps[1] == pytest.approx(8.3 / 5.2, rel=0.01)


# Hostile names


def test_nothing_of_a_hostile_name_runs(show):
    tab = show("hostile")
    open_details(tab)
    assert tab.evaluate("window.ran") is None
    assert tab.evaluate("Array.from(document.images, one => one.naturalWidth > 100)") == [True]
    assert tab.get_by_text("<script>window.ran = true</script>", exact=True).count() >= 2


def test_the_policy_stops_what_would_get_through(show):
    tab = show(expect_problems=True)
    tab.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.ran = true';"
        "document.body.append(one);"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.ran") is None


# Paper


def test_it_prints(show):
    tab = show(viewport=PAPER)
    open_details(tab)
    tab.emulate_media(media="print")
    assert tab.locator("nav").is_hidden()
    wide = tab.evaluate(
        "Array.from(document.querySelectorAll('table, img'))"
        f".filter(one => one.getBoundingClientRect().right > {PAPER['width']} + 1)"
        ".map(one => one.caption ? one.caption.textContent : one.tagName)"
    )
    assert wide == []
    printed = tab.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page>") >= 4


# Simulated


def picture(tab) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(tab.screenshot()))[..., :3]


@pytest.mark.parametrize("media", ["screen", "print"])
def test_the_mark_stands_across_the_page(media, show):
    tab = show("simulated")
    tab.emulate_media(media=media)
    for place in ("findings", "method"):
        tab.evaluate(f"document.getElementById('{place}').scrollIntoView({{behavior: 'instant'}})")
        with_mark = picture(tab)
        tab.evaluate("document.body.classList.remove('simulated')")
        without = picture(tab)
        tab.evaluate("document.body.classList.add('simulated')")
        covered = np.abs(with_mark - without).max(axis=2) > 0.03
        across = np.flatnonzero(covered.any(axis=0))
        assert np.ptp(across) > 0.5 * DESK["width"]
        assert 0.03 < covered.mean() < 0.3
        # Text below it stays text: as dark as before.
        assert with_mark.min() < 0.15
