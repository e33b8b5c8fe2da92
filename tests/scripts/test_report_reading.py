"""The report as it is read: many claims, a phone, the keyboard, paper, and by those who cannot see it."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tarfile
from base64 import b64decode

import children
import jax
import pytest
from browsers import visit
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from lingen.claims import Claim, check
from lingen.claims.checking import Budget
from lingen.experiments.provenance import versions
from lingen.scripts.report.changes import Changes
from lingen.scripts.report.entry import drawn
from lingen.scripts.report.page import render

pytestmark = pytest.mark.browser

AXE = "axe-core@4.14.1"
STATEMENT = (
    r"For $n$ samples and $d\to\infty$ the mean of $\gamma$ is "
    r"$$\tau(x)=\int_0^\infty 1-\mathrm{erf}(t/\sqrt2)^n dt$$"
)
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
WHOLE = (
    "const s = document.createElement('style');"
    "s.textContent = 'article { content-visibility: visible !important }'; document.head.append(s)"
)
RUN_AXE = (
    "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
    "v => [v.id, v.nodes.map(n => n.html.slice(0, 200))])))"
)


def made(number: int) -> Claim:
    return Claim(
        f"mean-{number}",
        title=f"The mean is its load, number {number}",
        section="MCRD"[number % 4],
        statement=STATEMENT,
        reference="by hand",
        grid={"load": (0.5, 1.0, 2.0)},
        predict=lambda load: load,
        simulate=lambda key, dim, load: load * jax.random.uniform(key, minval=0.9, maxval=1.1),
        dims=(8, 16, 32),
        bounds=(0.0, 3.0),
        rivals={"twice": lambda load: 2 * load, "far away": lambda load: 40 * load},
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Writes a report of so many claims, all with the evidence of one."""
    first = check(made(0), jax.random.key(0), Budget(max_draws=64))
    drawing = drawn(first)
    assert drawing.svg
    about = {"resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "2 × CPU", "versions": versions()}
    about |= {"command": "lingen verify", "files": {}}
    since = Changes("2026-11-26T21:00", (("mean-0", "holds", str(first.outcome)),), ("mean-1",), ("old",), ())

    def write(count: int):
        verdicts = [dataclasses.replace(first, claim=made(k)) for k in range(count)]
        page = tmp_path_factory.mktemp("report") / "index.html"
        drawings = {verdict.name: drawing for verdict in verdicts}
        page.write_text(render(about, "2026-11-27T09:00:00", verdicts, [], drawings, since), "utf-8")
        return page

    return write


@pytest.fixture(scope="session")
def axe(request, tmp_path_factory):
    """The source of axe-core, from the registry of npm or from the cache of pytest."""
    kept = request.config.cache.mkdir("axe-core") / f"{AXE}.js"
    if not kept.exists():
        folder = tmp_path_factory.mktemp("axe")
        npm = shutil.which("npm")
        asked = npm and children.run(
            [npm, "pack", "--silent", AXE], cwd=folder, env=os.environ | {"HOME": str(folder)}
        )
        packed = list(folder.glob("*.tgz"))
        if not packed:
            pytest.skip(f"no axe-core: {asked.stderr.strip()[-200:] if asked else 'npm is not installed'}")
        with tarfile.open(packed[0]) as archive:
            source = archive.extractfile("package/axe.min.js")
            assert source is not None
            kept.write_bytes(source.read())
    return kept.read_text("utf-8")


def test_of_many_claims_only_those_in_sight_are_laid_out(browser, report):
    visit(browser, report(120))
    count = (
        "return [...document.querySelectorAll('article .columns')]"
        ".filter(a => a.checkVisibility({contentVisibilityAuto: true})).length"
    )
    seen = browser.execute_script(count)
    assert seen <= 8
    browser.execute_script("document.querySelectorAll('.contents li a')[100].click()")
    for _ in range(3):  # what comes into sight is laid out, and the place corrected
        browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    place = "return document.querySelector(location.hash).getBoundingClientRect().top"
    assert -2 < browser.execute_script(place) < 450
    assert browser.execute_script(count) <= seen + 8


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, report, axe, width, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.set_script_timeout(children.PATIENCE)
    visit(browser, report(5), width)
    browser.execute_script(f"{OPEN}; {WHOLE}")
    browser.execute_script(axe)
    assert browser.execute_async_script(RUN_AXE) == []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser, report):
    visit(browser, report(2))
    reach = "a[href], summary, [tabindex='0']"
    wanted = browser.execute_script(f'return document.querySelectorAll("{reach}").length')
    reached = set()
    body = browser.find_element(By.TAG_NAME, "body")
    for _ in range(wanted):
        (browser.switch_to.active_element or body).send_keys(Keys.TAB)
        reached.add(
            browser.execute_script(
                f'const all = [...document.querySelectorAll("{reach}")]; const e = document.activeElement;'
                "const o = getComputedStyle(e); return parseFloat(o.outlineWidth) > 1 ? all.indexOf(e) : -2"
            )
        )
    closed = 'return [...document.querySelectorAll("details:not([open]) .scroll")].length'
    assert -2 not in reached
    assert len(reached - {-1}) >= wanted - browser.execute_script(closed) - 1
    summary = browser.find_element(By.CSS_SELECTOR, "summary")
    summary.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.querySelector('details').open")


def test_on_a_phone_words_of_figures_can_be_read(browser, report):
    visit(browser, report(2), 390)
    figure = "return document.querySelector('figure img').getBoundingClientRect().width"
    assert browser.execute_script(figure) >= 330
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    # 8.5 points, the smallest, of a figure of 5.4 inches
    assert browser.execute_script(figure) * 8.5 / (5.4 * 72) > 7


def test_27_claims_print_on_at_most_20_pages(browser, report):
    visit(browser, report(27))
    printed = b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    pages = len(re.findall(rb"/Type\s*/Page[^s]", printed))
    assert 5 < pages <= 20


def test_what_changed_stands_at_the_top(browser, report):
    visit(browser, report(3))
    shown = browser.find_element(By.CSS_SELECTOR, "header .since")
    assert "Since the run of 2026-11-26 21:00" in shown.text
    assert "mean-0: holds →" in shown.text
    assert "New: mean-1." in shown.text
    assert "Not in this run: old." in shown.text
    links = browser.execute_script(
        "return [...document.querySelectorAll('.since a')].map("
        "a => document.querySelector(a.getAttribute('href')).tagName)"
    )
    assert links == ["ARTICLE", "ARTICLE"]
