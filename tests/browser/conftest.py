"""A demo city built and served by the commands of the README, and a real Chromium looking at it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

LANTU = (sys.executable, "-m", "lantu")
ONE_AFTER_ANOTHER = """
import json, sys
from lantu.core.cli import main
for sys.argv[1:] in json.loads(sys.argv[1]):
    main()
"""
PASSWORD = "lantu-yanshi-2026"
PATIENCE = 90
"""Seconds: the pages share two cores with a worker that fuses."""
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader",
)  # fmt: skip


LONGEST_FIRST = (
    "test_approvals.py", "test_every_role.py", "test_second_city.py", "test_scans.py", "test_cases.py", "test_projects.py",
    "test_analysis.py", "test_main_job.py", "test_certificates.py",
)  # fmt: skip
"""Stories that take long begin early, so that no process is left alone with one at the end."""


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.browser)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.name) if item.path.name in LONGEST_FIRST else len(LONGEST_FIRST))


@dataclass(frozen=True)
class Installation:
    """A data folder and the ``lantu`` program working in it."""

    var: Path

    def run(self, *words: str) -> str:
        """Run ``lantu`` with these words to its end; what it printed. Fails the test when it fails."""
        done = subprocess.run([*LANTU, *words], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_all(self, *commands: tuple[str, ...]) -> None:
        """Run ``lantu`` with each of these words in one process: to start one takes seconds. Fails the test at the first that fails."""
        done = subprocess.run(
            [sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps(commands)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        return {**kept, "LANTU_VAR": str(self.var)}

    @contextmanager
    def served(self) -> Iterator[str]:
        """``lantu serve`` with its worker and ticker on a free port; gives the address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            bind = f"127.0.0.1:{probe.getsockname()[1]}"
        log = self.var / "serve.log"
        with log.open("wb") as out:
            server = subprocess.Popen([*LANTU, "serve", "--bind", bind], env=self.environment, stdout=out, stderr=out)
            try:
                _wait_for(f"http://{bind}", server, log)
                yield f"http://{bind}"
            finally:
                server.terminate()
                server.wait(60)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A demo city, built small by ``lantu demo``; ``LANTU_TEST_CITY`` names the data folder of one to copy instead, which
    ``LANTU_TEST_CITY_CURRENT`` says to have this version's tables."""
    made = Installation(tmp_path_factory.mktemp("city"))
    if ready := os.environ.get("LANTU_TEST_CITY"):
        shutil.copytree(ready, made.var, dirs_exist_ok=True)
        if not os.environ.get("LANTU_TEST_CITY_CURRENT"):
            made.run("migrate")
    else:
        assert "demo-planner" in made.run("demo", "--patches", "400")
    return made


@pytest.fixture(scope="session")
def site(city: Installation) -> Iterator[str]:
    """The address at which the demo city is served."""
    with city.served() as address:
        yield address


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"no answer from {address}: {log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["LANTU_CHROMIUM"], args=list(CHROMIUM))
        yield browser
        browser.close()


LEADS_AWAY = """it => it.closest("[hx-get], [hx-post]") ? false : it.tagName === "A"
    ? it.hasAttribute("href") && !it.getAttribute("href").startsWith("#") && it.target !== "_blank"
    : it.type === "submit" && it.form !== null && (it.form.noValidate || it.formNoValidate || it.form.checkValidity())"""
"""Whether a press of this element asks for another page, so that a slow browser is waited for."""


class Person:
    """Somebody at a browser. Fails the test on any script error or unanswered request that the page itself made."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site, self.troubles, self.leaving = page, site, [], False
        self.departures = 0
        self.unanswered: set[Request] = set()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._failed)
        page.on("domcontentloaded", lambda _: self._arrived())
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)

    def _answered(self, request: Request) -> None:
        self.unanswered.discard(request)

    def _failed(self, request: Request) -> None:
        self._answered(request)
        if request.is_navigation_request():  # a download, too
            self._arrived()

    def _asked(self, request: Request) -> None:
        self.unanswered.add(request)
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.leaving, self.departures = True, self.departures + 1

    def _arrived(self) -> None:
        self.leaving = False

    def settle(self) -> Page:
        """Wait until the page that was asked for is there, however slow its answer, and nothing more is on the way."""
        self.page.wait_for_timeout(50)  # what a click asks for is asked for by then
        until = time.monotonic() + PATIENCE
        while self.leaving and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        assert not self.leaving, f"no answer within {PATIENCE} s after {self.page.url}"
        self.page.wait_for_load_state("load")
        return self._quiet()

    def _quiet(self) -> Page:
        """Wait until all that was asked for is answered and nothing new is asked for a moment; Chromium's own "network idle" takes half a
        second more on every page."""
        quiet = 0
        for _ in range(60):
            self.page.wait_for_timeout(50)
            quiet = 0 if self.unanswered else quiet + 1
            if quiet == 4:
                return self.page
        self.page.wait_for_load_state("networkidle")
        self.unanswered.clear()
        return self.page

    def go(self, path: str) -> Page:
        self.unanswered.clear()
        self.page.goto(self.site + path)
        return self._quiet()

    def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        self.go("/accounts/sign-in/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("main button.btn--main")
        return self.settle()

    def let_in(self, name: str) -> None:
        """Sign in by the requests of that page without drawing it: who signs in by the page is another scenario. The window stays empty."""
        address, asking = f"{self.site}/accounts/sign-in/", self.page.context.request
        asking.get(address)
        token = next(str(one["value"]) for one in self.page.context.cookies() if one["name"] == "csrftoken")
        answer = asking.post(address, form={"csrfmiddlewaretoken": token, "username": name, "password": PASSWORD}, max_redirects=0)
        assert answer.status == 302, answer.text()

    def choose_post(self, words: str) -> None:
        """Act in another of one's posts: the first whose words these are part of, the city's before a district's of a like name."""
        if self.page.url == "about:blank":
            self.go("/")
        self.page.locator(".role-menu summary").click()
        choice = self.page.locator(".role-menu .menu__i", has_text=words).filter(has_not_text="区").first
        if choice.get_attribute("aria-current") == "true":
            self.page.locator(".role-menu summary").click()
            return
        choice.click()
        self.settle()

    def press(self, words: str) -> Page:
        """Press the button or link with these words, saying yes where the page asks."""
        found = self.page.get_by_role("button", name=words, exact=True).or_(self.page.get_by_role("link", name=words, exact=True))
        leads, before = found.first.evaluate(LEADS_AWAY), self.departures
        found.first.click()
        until = time.monotonic() + 2
        while leads and self.departures == before and time.monotonic() < until:  # the page's own script may keep it back after all
            self.page.wait_for_timeout(20)
        return self.settle()

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()


def waive_all(checker: Person, why: str) -> None:
    """Let every finding on a page of quality pass, with a reason."""
    while checker.page.locator("input[name=reason]").count():
        checker.page.locator("input[name=reason]").first.fill(why)
        checker.press("放行")


def publish_run(publisher: Person, run: str, patience: int = 60) -> str:
    """Publish the run on that page under the next number, once a job of the worker's has compared its findings with the cases and nothing
    on the page speaks against it any more; gives the number, with the release open."""
    page = publisher.go(run)
    for _ in range(patience):
        if not page.locator(".stack p .light--r").count():
            break
        page.wait_for_timeout(1000)
        publisher.go(run)
    number = page.locator("#number").input_value()
    publisher.press("发布蓝图")
    assert re.search(r"/blueprints/releases/\d+/$", page.url), page.locator("main").inner_text()
    assert number in publisher.heading()
    return number


SHELLS: set[tuple[str, int, str]] = set()
"""Bar and menu that axe has looked at: language, width of the window, words of the menu. They are the same on every page."""


AXE = Axe().axe_script


def accessibility(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 AA: rule, how bad, and the first places. Bar and menu are looked at once."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    shell = tuple(page.evaluate(SHELL))
    context = {"exclude": [[".bar"], [".nav"]]} if shell in SHELLS else None
    SHELLS.add(shell)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("([where, how]) => axe.run(where ?? document, how).then(found => found.violations)", [context, options])
    return [f"{page.url} {one['id']} ({one['impact']}): {[node['target'] for node in one['nodes'][:3]]}" for one in found]


SHELL = "[document.documentElement.lang, innerWidth, [...document.querySelectorAll('.nav a')].map(a => a.pathname).join(' ')]"


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window; 0 is right."""
    return int(page.evaluate("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"))


@pytest.fixture
def somebody(site: str, chromium: Browser):
    """Opens a browser window: ``somebody()``, ``somebody("planner")`` signed in as the demo account of that role, ``size=PHONE``."""

    @contextmanager
    def opened(role: str = "", size: dict[str, int] = WIDE) -> Iterator[Person]:
        with at_a_browser(chromium, site, size) as person:
            if role:
                person.let_in(f"demo-{role}")
            yield person

    return opened


@contextmanager
def at_a_browser(chromium: Browser, site: str, size: dict[str, int] = WIDE) -> Iterator[Person]:
    """A window of its own, closed at the end; then the troubles it met fail the test."""
    context = chromium.new_context(viewport=size, locale="zh-CN", accept_downloads=True)
    person = Person(context.new_page(), site)
    try:
        yield person
    finally:
        context.close()
    assert not person.troubles, person.troubles
