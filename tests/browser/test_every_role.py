"""Each role signs in and opens every page of its menu: no script error, no barrier that axe finds, no sideways scroll on a phone.

A page is drawn for the first role that opens it, in both widths, and again for a role to which it shows a kind of element that it has
shown to nobody before. What scripts find on a page are such kinds, so for another role it need only answer; but where scripts ask for
more, which what they find may forbid to a role, it is drawn for every one.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.sync_api import Request

from lantu.accounts.roles import ROLES

from .conftest import PHONE, WIDE, Person, accessibility, sideways

Kind = tuple[str, ...]
"""Tag, classes, type and the names of its other attributes: all that a script or a style could find an element by."""
KINDS: dict[str, set[Kind]] = {}
"""What each page of a menu has been drawn with, for whomever."""
ASKING: set[str] = set()
"""Pages whose scripts ask for more."""
NEXT_PICTURE = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class Elements(HTMLParser):
    """The kinds of elements in the main part of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.kinds: set[Kind] = set()
        self.feed(html[html.index("<main") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes, sort = given.pop("class", ""), given.pop("type", "")
        self.kinds.add((tag, " ".join(sorted(classes.split())), sort, *sorted(given)))


def drawn(person: Person, path: str, first: bool) -> list[str]:
    """Draw a page; the first time in both widths and for axe. What is wrong with it."""

    def note(request: Request) -> None:
        if request.resource_type in ("fetch", "xhr"):
            ASKING.add(path)

    person.page.on("request", note)
    page = person.go(path)
    person.page.remove_listener("request", note)
    assert page.locator("h1, #map").count() >= 1, path
    if not first:
        return []
    found = accessibility(page)
    page.set_viewport_size(PHONE)
    page.evaluate(NEXT_PICTURE)
    found += [f"{path} is {more} pixels wider than a phone" for more in (sideways(page),) if more]
    found += accessibility(page)
    page.set_viewport_size(WIDE)
    return found


def shown(person: Person, path: str) -> set[Kind]:
    """The kinds of elements that a page shows to a person, without drawing it."""
    answer = person.page.context.request.get(person.site + path)
    assert answer.ok and "/sign-in/" not in answer.url, f"{path}: {answer.status} {answer.url}"
    return Elements(answer.text()).kinds


@pytest.mark.parametrize("role", list(ROLES))
def test_the_menu_of_a_role_opens(somebody: Any, role: str) -> None:
    with somebody() as person:
        page = person.sign_in(f"demo-{role}")
        paths = [str(link.get_attribute("href")) for link in page.locator("nav.nav a").all()]
        assert "/" in paths
        found = []
        for path in paths:
            known, kinds = KINDS.setdefault(path, set()), shown(person, path)
            if path in ASKING or not kinds <= known:
                found += drawn(person, path, first=not known)
                known |= kinds
        assert not found, "\n".join(found)


def test_pages_that_a_phone_opens_do_not_scroll_sideways(somebody: Any) -> None:
    with somebody("planner", size=PHONE) as person:
        for path in ("/", "/map/", "/conflicts/"):
            assert not sideways(person.go(path)), path
            assert not accessibility(person.page)


def test_before_signing_in(somebody: Any) -> None:
    with somebody() as person:
        for path in ("/", "/accounts/sign-in/"):
            assert not accessibility(person.go(path))
        person.go("/plans/")
        assert "/accounts/sign-in/" in person.page.url
        person.sign_in("demo-planner", "wrong")
        assert "用户名或密码不对" in person.page.locator("[role=alert]").inner_text()


def test_the_page_speaks_english_when_asked(somebody: Any) -> None:
    with somebody("viewer") as person:
        page = person.go("/")
        page.locator(".role-menu summary").click()
        page.get_by_role("button", name="English").click()
        page.locator("html[lang=en]").wait_for(state="attached")
        page.get_by_role("link", name="Findings").first.wait_for()


@pytest.mark.parametrize(("role", "path"), [("builder", "/plans/"), ("window", "/plans/import/"), ("planner", "/accounts/people/")])
def test_a_page_that_is_not_theirs_says_why_and_what_to_do(somebody: Any, role: str, path: str) -> None:
    with somebody(role) as person:
        person.go(path)
        assert "您所在的岗位不能打开这一页" in person.page.locator("main").inner_text()
        assert not accessibility(person.page)
        person.troubles = [trouble for trouble in person.troubles if "403" not in trouble]  # Chromium names every refused page
