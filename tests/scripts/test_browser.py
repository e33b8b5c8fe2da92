"""The report in a real browser: every figure and formula is there, nothing is fetched, nothing complains."""

from __future__ import annotations

import pytest
from browsers import requests, visit

from lingen.claims.library import registry
from lingen.experiments.provenance import versions
from lingen.scripts.report.page import Drawing, render

pytestmark = pytest.mark.browser

SIZES = "return [...document.querySelectorAll('math')].map(m => [m.getBoundingClientRect(), m.textContent])"


def test_the_report_shows_every_figure_and_formula(browser, mixed_run):
    visit(browser, mixed_run[1] / "index.html")
    images = browser.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.alt])"
    )
    assert len(images) == 6
    assert all(complete and width > 0 and alt for complete, width, alt in images)
    formulas = browser.execute_script(SIZES)
    assert len(formulas) == 3
    assert all(box["width"] > 0 and box["height"] > 0 for box, _ in formulas)
    assert browser.get_log("browser") == []


def test_the_report_fetches_nothing(browser, mixed_run):
    page = mixed_run[1] / "index.html"
    visit(browser, page)
    asked = requests(browser)
    assert page.as_uri() in asked
    assert [url for url in asked if not url.startswith(("file://", "data:"))] == []
    assert [url for url in asked if url.startswith("file://")] == [page.as_uri()]


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_the_report_fits_any_width(browser, mixed_run, width):
    visit(browser, mixed_run[1] / "index.html", width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    wide = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide[1] == width
    assert wide[0] <= width


def test_every_link_of_the_contents_leads_somewhere(browser, mixed_run):
    visit(browser, mixed_run[1] / "index.html")
    lost = browser.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')]"
        ".filter(a => !document.getElementById(a.getAttribute('href').slice(1))).map(a => a.outerHTML)"
    )
    assert lost == []


def test_formulas_of_all_claims_are_drawn(browser, tmp_path):
    """Statements of the claims that ship, without the evidence: no formula may be empty or widen the page."""
    from lingen.claims import Outcome, Verdict

    verdicts = [
        Verdict(claim, Outcome.UNDECIDED, 0.01, None, None, (), {}, "not run", {"draws": 0, "seconds": 0.0})
        for claim in registry.all_claims()
    ]
    about = {"resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "", "versions": versions()}
    about |= {"command": "lingen verify", "files": {}}
    drawings = {verdict.name: Drawing() for verdict in verdicts}
    page = tmp_path / "formulas.html"
    page.write_text(render(about, "today", verdicts, [], drawings), encoding="utf-8")
    visit(browser, page, 400)
    formulas = browser.execute_script(SIZES)
    assert len(formulas) > len(verdicts)
    assert [text for box, text in formulas if box["width"] <= 0 or box["height"] <= 0] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
    assert browser.get_log("browser") == []


def test_the_report_leads_to_an_explorer_that_lies_beside(browser, tmp_path):
    from lingen.scripts.report.write import Report

    about = {"resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "", "versions": versions()}
    about |= {"command": "lingen verify", "files": {}}
    page = Report(tmp_path, about, ()).write()
    assert "explorer" not in page.read_text("utf-8")
    (tmp_path / "explorer.html").write_text("<title>there</title>", encoding="utf-8")
    visit(browser, Report(tmp_path, about, ()).write())
    browser.find_element("link text", "Explorer").click()
    assert browser.title == "there"
