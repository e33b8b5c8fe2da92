"""The explorer in a real browser: sliders move numbers that are the theory's, and nothing is fetched."""

from __future__ import annotations

import re

import pytest
import xarray as xr
from browsers import requests, visit

import lingen as lg
from lingen.scripts.figures.explorer import tabulated
from lingen.scripts.figures.explorer.page import render

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOVE = """
const input = document.getElementById(arguments[0]);
input.value = arguments[1];
input.dispatchEvent(new Event("input", {bubbles: true}));
"""
SETTLED = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"


@pytest.fixture(scope="module")
def page(tmp_path_factory, explorer_tables):
    axes = {"load": [0.5, 2.0], "spike": [1.5]}
    names = ("convergence", "convergence_error", "recovery", "recovery_error")
    told = {name: (("load", "spike"), [[0.5], [0.6]]) for name in names}
    place = tmp_path_factory.mktemp("explorer") / "explorer.html"
    held = xr.Dataset(told, axes, {"topic": "decoupling", "path": "s"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tabulated, "tables", lambda tell: explorer_tables)
        place.write_text(render([held]), encoding="utf-8")
    return place


def number(browser, name):
    return float(browser.find_element("id", name).text)


def test_a_slider_moves_the_numbers_to_what_the_theory_says(browser, page):
    visit(browser, page)
    assert number(browser, "q") == pytest.approx(0.720506, abs=1e-4)  # (8/3π)² at γ = 1
    assert number(browser, "latent") == pytest.approx(0.5, abs=1e-4)  # (1 − 1/4)/(1 + 1/2) at θ = 2
    assert number(browser, "m") == pytest.approx(2.0, rel=1e-4)
    for name, value in (("load", 700), ("exponent", 400), ("ridge", 300), ("spike", 650), ("taps", 4)):
        browser.execute_script(MOVE, name, value)
    browser.execute_async_script(SETTLED)
    said = browser.find_element("id", "python").text
    exponent, dim, load, rho = map(
        float,
        re.findall(
            r"\((?:lg\.population\.power_law\()?([\d.]+), (\d+)\), ([\d.]+), lg\.filters\.ridge\(([\d.]+)\)",
            said,
        )[0],
    )
    truth, model = lg.population.power_law(exponent, int(dim)), lg.filters.ridge(rho)
    assert (exponent, dim, load) == (0.8, 256, pytest.approx(0.05 * 400**0.7, rel=1e-5))
    spike = 0.2 * 40**0.65
    wanted = {
        "q": lg.theory.convergence.overlap(truth, load, model),
        "m": lg.theory.memorisation.ratio(truth, load, model),
        "latent": lg.theory.recovery.recovery(truth.with_spikes([1 + spike]), load)[0],
        "outlier": lg.theory.recovery.outlier(truth.with_spikes([1 + spike]), load)[0],
    }
    for name, value in wanted.items():
        assert number(browser, name) == pytest.approx(float(value), rel=2e-4)
    assert browser.get_log("browser") == []


def test_a_slider_near_what_was_simulated_stands_there(browser, page):
    visit(browser, page)
    browser.execute_script(MOVE, "spike", 548)  # θ = 1.5 is at 546.2 of 1000
    browser.execute_async_script(SETTLED)
    assert browser.find_element("id", "spike-value").text == "1.5"
    colours = "return document.getElementById('panel-order').toDataURL()"
    here = browser.execute_script(colours)
    browser.execute_script("data.points.length = 0; show()")
    assert browser.execute_script(colours) != here  # the circles are gone


@pytest.mark.parametrize("width", [390, 800, 1400])
def test_the_explorer_fits_any_width_and_fetches_nothing(browser, page, width):
    visit(browser, page, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    drawn = browser.execute_script(
        "return [...document.querySelectorAll('canvas')].map(c => [c.width, c.height])"
    )
    assert len(drawn) == 5
    assert all(min(size) > 100 for size in drawn)
    assert [url for url in requests(browser) if not url.startswith("data:")] == [page.as_uri()]


def test_an_address_holds_what_the_sliders_say(browser, page):
    visit(browser, page.as_uri() + "#load=4&spike=3&exponent=0&ridge=0&taps=17")
    browser.execute_async_script(SETTLED)
    assert browser.find_element("id", "load-value").text == "4 (n = 1024)"
    assert number(browser, "latent") == pytest.approx((1 - 1 / 36) / (1 + 1 / 12), abs=1e-4)
    assert browser.find_element("id", "taps-value").text == "17"
    browser.execute_script(MOVE, "taps", 0)
    assert browser.current_url.endswith("load=4&spike=3&exponent=0&ridge=0&taps=1")
