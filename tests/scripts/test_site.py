"""The site that `make docs` built in a real browser: search, navigation, a formula, the explorer."""

from __future__ import annotations

import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from browsers import requests, visit
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SITE = Path(__file__).parents[2] / "build" / "docs" / "html"
PATIENCE = 300
"""Seconds for a page to answer, on a machine that others use."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and tells nothing."""

    def log_message(self, format, *arguments):
        """Nothing."""


@pytest.fixture(scope="module")
def site():
    """The address of the site, served from this process: search reads pages, which no file may."""
    if not (SITE / "index.html").exists():
        if os.environ.get("LINGEN_REQUIRE_DOCS") == "1":
            pytest.fail("no site: make docs")
        pytest.skip("no site: make docs")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def wait(browser, found):
    return WebDriverWait(browser, PATIENCE).until(found)


def errors(browser):
    """What the browser complains of; a page without an icon is no fault."""
    return [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]]


@pytest.mark.parametrize("width", [390, 1200])
def test_search_finds_the_page_of_a_function(browser, site, width):
    visit(browser, site + "search.html?q=operator_threshold", width)
    found = wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#search-results li a"))
    assert any("operator_threshold" in link.text for link in found)
    next(link for link in found if "operator_threshold" in link.text).click()
    wait(browser, lambda b: "search.html" not in b.current_url)
    assert "operator_threshold" in browser.find_element(By.TAG_NAME, "article").text
    assert errors(browser) == []


def test_the_box_at_the_side_searches(browser, site):
    visit(browser, site)
    box = browser.find_element(By.CSS_SELECTOR, "input[name=q]")
    box.send_keys("phase diagram")
    box.submit()
    titles = wait(
        browser, lambda b: [link.text for link in b.find_elements(By.CSS_SELECTOR, "#search-results li a")]
    )
    assert "A phase diagram and its critical point" in titles


@pytest.mark.parametrize("width", [390, 1200])
def test_pages_are_reached_from_the_list_at_the_side(browser, site, width):
    visit(browser, site, width)
    if width < 1000:  # behind a button
        browser.find_element(By.CSS_SELECTOR, "label.nav-overlay-icon").click()
    link = wait(browser, lambda b: b.find_element(By.LINK_TEXT, "How to choose"))
    wait(browser, lambda b: link.is_displayed())
    browser.execute_script("arguments[0].click()", link)  # a drawer may still be sliding in
    wait(browser, lambda b: b.current_url.endswith("guides/choosing.html"))
    assert browser.find_element(By.TAG_NAME, "h1").text.startswith("How to choose")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert errors(browser) == []


def test_formulas_are_drawn_and_nothing_is_fetched_from_elsewhere(browser, site):
    visit(browser, site + "tutorials/phase_diagram.html")
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('math')]"
        ".map(m => m.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert len(boxes) > 4
    assert all(width > 0 and height > 0 for width, height in boxes)
    power = browser.find_element(By.CSS_SELECTOR, "math msup")
    base, exponent = (part.rect for part in power.find_elements(By.XPATH, "./*"))
    assert exponent["y"] < base["y"] + base["height"] / 2
    assert exponent["height"] < base["height"]
    assert [url for url in requests(browser) if not url.startswith((site, "data:"))] == []


def test_the_explorer_moves_within_its_page(browser, site):
    visit(browser, site + "explore.html")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    q = wait(browser, lambda b: b.find_element(By.ID, "q").text)
    assert float(q) == pytest.approx(0.720506, abs=1e-4)
    slider = browser.find_element(By.ID, "load")
    slider.send_keys("\ue014" * 40)  # to the right
    wait(browser, lambda b: float(b.find_element(By.ID, "q").text) > 0.73)
    browser.switch_to.default_content()
    assert errors(browser) == []
