"""Each role signs in and opens every page of its menu: no script error, no barrier that axe finds, no sideways scroll on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from lantu.accounts.roles import ROLES

from .conftest import PHONE, accessibility, sideways

LOOKED_AT: set[tuple[int, str]] = set()
"""Width and path of what axe has looked at: most pages are the same for all roles."""


def barriers(page: Page, path: str) -> list[str]:
    """What axe finds on a page that it has not looked at in this width."""
    key = (page.viewport_size["width"] if page.viewport_size else 0, path)
    if key in LOOKED_AT:
        return []
    LOOKED_AT.add(key)
    return accessibility(page)


@pytest.mark.parametrize("role", list(ROLES))
def test_the_menu_of_a_role_opens(somebody, role: str) -> None:
    with somebody() as person:
        page = person.sign_in(f"demo-{role}")
        paths = [link.get_attribute("href") for link in page.locator("nav.nav a").all()]
        assert "/" in paths
        found = []
        for path in paths:
            person.go(path)
            assert page.locator("h1, #map").count() >= 1, path
            found += barriers(page, path)
        assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ["planner", "secadmin", "builder"])
def test_on_a_phone_nothing_scrolls_sideways(somebody, role: str) -> None:
    with somebody(role, size=PHONE) as person:
        page = person.go("/")
        wide, found = [], []
        for path in [link.get_attribute("href") for link in page.locator("nav.nav a").all()]:
            person.go(path)
            wide += [path] if sideways(page) else []
            found += barriers(page, path)
        assert not wide
        assert not found, "\n".join(found)


def test_before_signing_in(somebody) -> None:
    with somebody() as person:
        for path in ("/", "/accounts/sign-in/"):
            assert not accessibility(person.go(path))
        person.go("/plans/")
        assert "/accounts/sign-in/" in person.page.url
        person.sign_in("demo-planner", "wrong")
        assert "用户名或密码不对" in person.page.locator("[role=alert]").inner_text()


def test_the_page_speaks_english_when_asked(somebody) -> None:
    with somebody("viewer") as person:
        page = person.go("/")
        page.locator(".role-menu summary").click()
        page.get_by_role("button", name="English").click()
        person.settle()
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_role("link", name="Findings").count() >= 1


@pytest.mark.parametrize(("role", "path"), [("builder", "/plans/"), ("window", "/plans/import/"), ("planner", "/accounts/people/")])
def test_a_page_that_is_not_theirs_says_why_and_what_to_do(somebody, role: str, path: str) -> None:
    with somebody(role) as person:
        person.go(path)
        assert "您所在的岗位不能打开这一页" in person.page.locator("main").inner_text()
        assert not accessibility(person.page)
        person.troubles = [trouble for trouble in person.troubles if "403" not in trouble]  # Chromium names every refused page
