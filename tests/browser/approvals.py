"""What the scenarios of builders and departments share: projects to play with, files to hand in, acts of a case by its pages."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2

from .conftest import Installation, Person

GROUND = (106.630, 26.640, 106.632, 26.642)
"""A site in degrees: west, south, east, north."""
SET_UP = f"""
import django; django.setup()
import shapely
from lantu.approvals import demo, demo_staff
from lantu.approvals.services import publish_definition
from lantu.accounts.demo import demo_actor
publish_definition(demo_actor("sysadmin"))
demo_staff.load()
builder = demo.demo_builder()
ground = shapely.box(*{GROUND})
"""
POSTS = r'action="([^"]+)">[^"]*<input[^>]+>[^"]*<input type="hidden" name="post" value="(\w+)"><button[^>]*>(.+?)</button>'
"""Where to switch to a post, its number and its words, in the menu of roles."""
DEPARTMENTS = {"市生态委": "林业局", "市林业局、市生态环境局": "林业局"}
"""Departments whose work was split: who of them handles it in the demo."""


def set_up(city: Installation, script: str) -> None:
    """Run lines of a script after ``SET_UP``: made with the verbs, as the demo is."""
    environment = {**city.environment, "DJANGO_SETTINGS_MODULE": "lantu.config.settings"}
    done = subprocess.run([sys.executable, "-c", SET_UP + script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def a_pdf(folder: Path, name: str) -> Path:
    """A PDF of one empty page, told from others by its size."""
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(200 + sum(name.encode()) % 97, 200 + len(name))
    document.save(out)
    path = folder / f"{name}.pdf"
    path.write_bytes(out.getvalue())
    return path


def a_drawing(folder: Path) -> Path:
    """The head of a DWG."""
    path = folder / "总平面图.dwg"
    path.write_bytes(b"AC1027" + bytes(200))
    return path


def as_post(person: Person, department: str) -> None:
    """Act in one's post in a department."""
    person.choose_post(DEPARTMENTS.get(department, department))


def act(person: Person, words: str, **fields: str) -> None:
    """Carry out an act of a case's page, its form filled in; fails on a refusal."""
    fold = person.page.locator(".ap-acts details", has=person.page.locator("summary", has_text=re.compile(f"^{words}$")))
    if fold.count():
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        for name, value in fields.items():
            field = fold.locator(f"[name$='-{name}']").first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        fold.get_by_role("button", name=words, exact=True).click()
    else:
        person.page.locator(".ap-acts").get_by_role("button", name=words, exact=True).click()
    person.settle()
    fault = person.page.locator(".note--err[role=alert]")
    assert not fault.count(), f"{words}: {fault.first.inner_text()}"


def cells(person: Person, case: str) -> list[tuple[str, str, str]]:
    """The branches of a case as its matrix shows them: department, address, state."""
    page, found = person.go(case), []
    for row in page.locator("table.mx tbody tr").all():
        department = row.locator("th").inner_text().split("\n")[0].strip()
        for link in row.locator("a").all():
            found.append((department, str(link.get_attribute("href")), link.locator("b").inner_text().strip()))
    return found


def branch_of(person: Person, case: str, item: str) -> str:
    """The address of the branch of an item."""
    page = person.go(case)
    heads = [words.split("\n")[0] for words in page.locator("table.mx thead th").all_inner_texts()]
    return str(page.locator(f"table.mx tbody td:nth-child({heads.index(item) + 1}) a").first.get_attribute("href"))


def verdict(reviewer: Person, decider: Person, department: str, branch: str, code: str = "11", **review: str) -> None:
    """A branch from acceptance to its verdict: a reviewer of the department proposes, a decider decides."""
    as_post(reviewer, department)
    reviewer.go(branch)
    if reviewer.page.locator(".ap-acts").get_by_role("button", name="开始办理", exact=True).count():
        act(reviewer, "开始办理")
    act(reviewer, "提出审核意见", proposal=code, **{"opinion": "材料齐全，同意。", **review})
    as_post(decider, department)
    decider.go(branch)
    act(decider, "审定", code=code)


class Office:
    """The people of a role in all departments, at work through the API as a department's own system would be: no page is drawn."""

    def __init__(self, person: Person) -> None:
        self.person = person
        menu = person.page.context.request.get(f"{person.site}/").text()
        found = re.findall(POSTS, menu)
        self.posts = [(words, address, post) for address, post, words in found if "区" not in words]

    def take(self, department: str) -> None:
        """Act in one's post in a department."""
        words = DEPARTMENTS.get(department, department)
        address, post = next((address, post) for label, address, post in self.posts if words in label)
        self._send(address, form={"csrfmiddlewaretoken": self._token, "post": post})

    def do(self, path: str, **given: object) -> None:
        """Ask the API for an act; fails on a refusal."""
        self._send(f"/api/v1/approvals/{path}", data=given)

    @property
    def _token(self) -> str:
        return next(str(one["value"]) for one in self.person.page.context.cookies() if one["name"] == "csrftoken")

    def _send(self, address: str, **given: Any) -> None:
        asking, head = self.person.page.context.request, {"X-CSRFToken": self._token}
        answer = asking.post(self.person.site + address, headers=head, max_redirects=0, **given)
        assert answer.status < 400, f"{address}: {answer.text()}"


def grant_rest(window: Person, reviewers: Office, deciders: Office, case: str) -> None:
    """Every branch that has been accepted and has no verdict is granted by its department; the pages for it are those of ``verdict``."""
    for department, branch, state in sorted(cells(window, case)):
        if state in ("已受理", "办理中"):
            number = branch.rstrip("/").rsplit("/", 1)[-1]
            reviewers.take(department)
            if state == "已受理":
                reviewers.do(f"branches/{number}/start")
            reviewers.do(f"branches/{number}/review", proposal=11, opinion="材料齐全，同意。")
            deciders.take(department)
            deciders.do(f"branches/{number}/decide", code=11)


def accept_all(window: Person, case: str) -> None:
    """The window accepts as its check list suggests."""
    window.go(case.replace("/cases/", "/window/"))
    window.press("作出受理决定")
    assert not window.page.locator(".note--err[role=alert]").count(), window.page.locator(".note--err[role=alert]").first.inner_text()


def make_results(decider: Person, deciders: Office, case: str, lead: str) -> None:
    """The lead concludes and makes its results by the pages, the other departments theirs; then all are out."""
    as_post(decider, lead)
    page = decider.go(case)
    act(decider, "签署综合意见", text="各部门意见一致。")
    own, number = page.locator(".role__t").inner_text(), page.locator(".crumb").inner_text().split("/")[-1].strip()
    for department in dict.fromkeys(department for department, _branch, _state in cells(decider, case)):
        if DEPARTMENTS.get(department, department) not in own:
            deciders.take(department)
            deciders.do(f"cases/{number}/results/make", data={})
    decider.go(f"{case}results/")
    decider.press("制作并用印")
    assert not page.locator(".note--err[role=alert]").count(), page.locator(".note--err[role=alert]").first.inner_text()
    assert "待送达" in page.locator("main").inner_text()
    assert "待制作" not in page.locator("main").inner_text()


def answer_questions(builder: Person, *yes: str) -> None:
    """Answer what is asked of a draft's situation: yes to the facts named, no to the others; then the form."""
    page = builder.page
    for box in page.locator("fieldset", has=page.locator("input[type=radio]")).all():
        choices = box.locator("input[type=radio]")
        if not box.locator("input[type=radio]:checked").count():
            choices.nth(0 if choices.first.get_attribute("name") in yes else 1).check()
    builder.press("保存并继续")
    assert page.url.endswith("/form/"), page.locator("main").inner_text()


def upload(builder: Person, code: str, path: Path, button: str = "上传") -> None:
    """Hand in a file of a material, on the page of a draft."""
    row = builder.page.locator(f"#m-{code}")
    row.locator("input[type=file]").set_input_files(path)
    row.get_by_role("button", name=button, exact=True).click()
    builder.settle()
    builder.page.locator(f"#m-{code}", has_text=path.name).wait_for()
