"""The pages of the room as the people of two departments use them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from lantu.accounts.models import Region, User
from lantu.casework import factories
from lantu.casework.models import (
    AgendaItem,
    Attachment,
    Clock,
    CoHandler,
    Comment,
    Consultation,
    Meeting,
    Notification,
    Request,
    SavedView,
    Task,
)
from lantu.casework.selectors import tasks
from lantu.casework.selectors.clocks import light_condition
from lantu.casework.services import ask, call_meeting, open_task, put_on_agenda, start_clock, stop_clock
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def asked(subject: Region, planner: Actor, reviewer: Actor) -> Consultation:
    factories.make_department("WW", "市文物局")
    return ask(planner, subject, "position", "学校选址意见", ["JW", "WW"], question="是否压占规划路？")


def test_a_reviewer_finds_the_request_and_answers_it(asked: Consultation, reviewer: Actor, planner: Actor) -> None:
    client = client_of(reviewer)
    assert "学校选址意见" in client.get("/work/").content.decode()
    assert "学校选址意见" in client.get("/work/consultations/?show=waiting").content.decode()
    request = asked.requests.get(department__code="JW")
    page = f"/work/requests/{request.pk}/"
    assert "是否压占规划路" in client.get(page).content.decode()
    wrong = client.post(page, {"act": "reply", "verdict": "disagree", "reason": "压占"})
    assert "法律依据" in wrong.content.decode() and wrong.status_code == 200
    upload = SimpleUploadedFile("意见函.pdf", b"%PDF-1.4 opinion")
    given = {"act": "reply", "verdict": "conditions", "conditions": "建筑高度 ≤ 24 m\n保留古树", "file": upload}
    assert client.post(page, given).status_code == 302
    request.refresh_from_db()
    assert request.replies.get().conditions[0]["op"] == "≤"
    answer = client_of(planner).get(f"/work/consultations/{asked.pk}/").content.decode()
    assert "保留古树" in answer
    file = client_of(planner).get(f"/work/attachments/{Attachment.objects.get().pk}/")
    assert b"".join(file.streaming_content) == b"%PDF-1.4 opinion"


def test_giving_to_a_colleague_and_drawing_in_another_department(asked: Consultation, reviewer: Actor) -> None:
    colleague, traffic = factories.make_person("reviewer", "JW"), factories.make_actor("reviewer", "GAJ")
    page = f"/work/requests/{asked.requests.get(department__code='JW').pk}/"
    client_of(reviewer).post(page, {"act": "delegate", "person": colleague.pk, "note": "请办"})
    assert Request.objects.get(department__code="JW").delegated_to == colleague
    client_of(reviewer).post(page, {"act": "co-handle", "departments": ["GAJ"], "question": "交通组织"})
    assert "交通组织" in client_of(traffic).get(page).content.decode()
    client_of(traffic).post(page, {"act": "co-reply", "co": CoHandler.objects.get().pk, "verdict": "agree", "opinion": "无异议"})
    assert CoHandler.objects.get().opinion == "无异议"


def test_who_asks_reminds_withdraws_and_opens_a_new_round(asked: Consultation, planner: Actor, reviewer: Actor) -> None:
    client, page = client_of(planner), f"/work/consultations/{asked.pk}/"
    client.post(page, {"act": "remind"})
    assert asked.requests.get(department__code="JW").reminders.count() == 1
    client.post(page, {"act": "withdraw", "department": "WW"})
    assert asked.requests.get(department__code="WW").state == "withdrawn"
    client.post(page, {"act": "again", "question": "退让 8 米后再问"})
    assert Consultation.objects.get(round=2).question == "退让 8 米后再问"
    assert "第 2 轮" in client.get(page).content.decode()
    assert client_of(reviewer).post(page, {"act": "close"}).status_code == 302
    assert "学校选址意见" in client.get("/work/consultations/asked/").content.decode()


def test_lights_tabs_and_filters_of_the_worklist_agree(subject: Region, planner: Actor, reviewer: Actor) -> None:
    today = timezone.localdate()
    factories.make_calendar(known=("2018-01-01", f"{today.year + 1}-12-31"), off={}, work={})
    for offset in (-3, 0, 40, None):
        due = None if offset is None else today + timedelta(days=offset)
        open_task(planner, subject, f"k{offset}", f"任务{offset}", department="JW", role="reviewer", due=due)
    stopped = start_clock(planner, subject, "item", 10)
    stop_clock(planner, stopped, "expert", notice="书")
    open_task(planner, subject, "p", "停计的", department="JW", role="reviewer", clock=stopped)
    client = client_of(reviewer)
    counts = {key: n for key, _words, n in client.get("/work/").context["lights"]}
    assert counts == {"r": 1, "y": 1, "g": 1, "p": 1, "n": 1}
    for key, n in counts.items():
        assert client.get(f"/work/?light={key}").context["table"].page().paginator.count == n
    order = [task.title for task in client.get("/work/").context["table"].page()]
    assert order == ["任务-3", "任务0", "停计的", "任务40", "任务None"]
    assert "专家评审" in client.get("/work/?light=p").content.decode()


def test_bulk_acts_do_what_may_be_done_and_say_what_was_refused(subject: Region, planner: Actor, reviewer: Actor) -> None:
    mine = [open_task(planner, subject, f"k{n}", f"任务{n}", department="JW", role="reviewer") for n in range(3)]
    other = open_task(planner, subject, "other", "别的部门", department="WW", role="reviewer")
    client, keys = client_of(reviewer), [task.pk for task in [*mine, other]]
    colleague = factories.make_person("reviewer", "JW")
    client.post("/work/?light=n", {"act": "tag", "tag_value": "学校", "row": keys})
    assert [task.tags for task in Task.objects.order_by("pk")] == [["学校"], ["学校"], ["学校"], []]
    client.post("/work/", {"act": "hand", "hand_value": colleague.pk, "row": keys[:1]})
    said = client.post("/work/", {"act": "take", "all": "1"}, follow=True).content.decode()
    assert "已办 2 件" in said
    assert Task.objects.filter(person_id=reviewer.user_id).count() == 2
    file = client.post("/work/", {"act": "export", "row": keys})
    assert file.headers["Content-Type"].startswith("application/vnd.openxmlformats")


def test_a_view_is_saved_shared_and_forgotten(subject: Region, reviewer: Actor) -> None:
    client = client_of(reviewer)
    client.post("/work/views/", {"place": "mine", "name": "超期的", "query": "light=r", "shared": "1"})
    colleague = client_of(factories.as_actor(factories.make_person("reviewer", "JW")))
    assert "超期的" in colleague.get("/work/?light=r").content.decode()
    view = SavedView.objects.get()
    assert colleague.post("/work/views/", {"drop": view.pk}).status_code == 302
    assert SavedView.objects.exists()
    client.post("/work/views/", {"place": "mine", "drop": view.pk})
    assert not SavedView.objects.exists()


def test_a_meeting_from_the_call_to_the_minutes(subject: Region, planner: Actor, reviewer: Actor) -> None:
    client = client_of(planner)
    form = {"title": "第一次协调会", "kind": "协调会", "at": "2018-10-16T09:30", "place": "三楼", "chair": "副局长"}
    jw = reviewer and Request._meta.get_field("department").related_model.objects.get(code="JW")
    client.post("/work/meetings/new/", {**form, "departments": [jw.pk]})
    meeting = Meeting.objects.get()
    page = f"/work/meetings/{meeting.pk}/"
    client.post(f"/work/on/accounts.region/{subject.pk}/meet/", {"meeting": meeting.pk})
    item = AgendaItem.objects.get()
    client.post(page, {"act": "conclude"})
    assert Meeting.objects.get().state == "called"  # nothing decided yet
    client.post(
        page, {"act": "minute", "item": item.pk, "minutes": "各方说明情况。", "decision": "conditions", "decision_text": "退让 8 米"}
    )
    row = meeting.invitations.get()
    client.post(page, {"act": "attendance", f"came-{row.pk}": "1", f"who-{row.pk}": "王工"})
    assert client_of(reviewer).post(page, {"act": "conclude"}).status_code == 302
    assert Meeting.objects.get().state == "called"  # not theirs
    client.post(page, {"act": "conclude"})
    assert Meeting.objects.get().state == "concluded"
    paper = Document(io.BytesIO(client.get(f"{page}minutes.docx").content))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    for words in ("第一次协调会纪要", "一、朱昌九年一贯制学校", "会议决定：有条件同意。退让 8 米", "出席：JW（王工）"):
        assert words in text


def test_what_hangs_on_a_subject_is_seen_only_by_who_sees_the_subject(subject: Region, planner: Actor) -> None:
    client, at = client_of(planner), f"/work/on/accounts.region/{subject.pk}"
    client.post(f"{at}/comment/", {"text": "请补红线"})
    client.post(f"{at}/attach/", {"title": "总平面图", "file": SimpleUploadedFile("a.pdf", b"%PDF one")})
    first = Attachment.objects.get()
    client.post(f"{at}/attach/", {"replaces": first.pk, "file": SimpleUploadedFile("b.pdf", b"%PDF two")})
    assert [(row.title, row.version) for row in Attachment.objects.order_by("version")] == [("总平面图", 1), ("总平面图", 2)]
    assert Comment.objects.get().by_name == planner.name
    assert Client().get(f"/work/attachments/{first.pk}/").status_code == 302
    assert client.post("/work/on/accounts.user/1/comment/", {"text": "x"}).status_code == 404
    client.post(f"/work/comments/{Comment.objects.get().pk}/withdraw/")
    assert Comment.objects.get().withdrawn_at is not None


def test_the_timeline_is_a_page_and_a_panel_for_the_page_that_fetches_it(subject: Region, planner: Actor) -> None:
    client, at = client_of(planner), f"/work/timeline/accounts.region/{subject.pk}/"
    client.post(f"/work/on/accounts.region/{subject.pk}/attach/", {"file": SimpleUploadedFile("a.pdf", b"%PDF one")})
    page, panel = (client.get(at, headers=headers).content.decode() for headers in ({}, {"HX-Request": "true"}))
    assert "上传附件" in page and subject.name_zh in page and f"?q={subject.code}" in page
    assert "上传附件" in panel and panel.lstrip().startswith('<section class="card cw-gap" id="timeline"')
    assert client.get("/work/timeline/accounts.region/0/").status_code == 404
    assert Client().get(at).status_code == 302


def test_the_page_of_a_clock_says_why(subject: Region, planner: Actor) -> None:
    clock = start_clock(planner, subject, "item", 7, on=date(2018, 9, 20), title="方案审查")
    page = client_of(planner).get(f"/work/clocks/{clock.pk}/").content.decode()
    for words in ("为什么是 2018-09-30 到期", "调休上班，计 2 日", "中秋节放假，不计", "超期"):
        assert words in page
    assert Clock.objects.get().entries.count() == 1


def test_a_clock_is_stopped_resumed_and_extended_by_its_page(subject: Region, planner: Actor, decider: Actor) -> None:
    clock = start_clock(planner, subject, "item", 7, on=timezone.localdate(), title="方案审查", extension_limit=3)
    page, due = f"/work/clocks/{clock.pk}/", clock.due_on
    client = client_of(planner)
    assert "批准延长" not in client.get(page).content.decode()
    wrong = client.post(page, {"act": "stop", "stop-kind": "other", "stop-label": "补正", "stop-notice": "一次性告知书 3 号"})
    assert wrong.status_code == 422
    assert "法律依据和最长期限" in wrong.content.decode()
    given = {"act": "stop", "stop-kind": "expert", "stop-notice": "告知书 4 号", "stop-maximum": 5}
    assert client.post(page, given).status_code == 302
    clock.refresh_from_db()
    assert clock.due_on > due
    pause = clock.entries.get(kind="stopped").pause
    assert "停计中" in client.get(page).content.decode()
    client.post(page, {"act": "resume", "pause": pause, "result": "评审通过"})
    clock.refresh_from_db()
    assert (clock.due_on, clock.entries.get(kind="resumed").result) == (due, "评审通过")
    long = {"act": "extend", "extend-days": 4, "extend-reason": "案情复杂"}
    assert client.post(page, long).status_code == 422  # who handles it does not approve
    approver = client_of(decider)
    assert "最多可延长 3 日" in approver.post(page, long).content.decode()
    assert approver.post(page, long | {"extend-days": 3}).status_code == 302
    clock.refresh_from_db()
    assert (clock.total, clock.entries.get(kind="extended").approver) == (10, decider.name)


def test_notices_are_counted_opened_and_read(asked: Consultation, reviewer: Actor, planner: Actor) -> None:
    client = client_of(reviewer)
    notice = Notification.objects.get(user_id=reviewer.user_id)
    assert client.get("/work/").context["bar"]["notices"] == 1
    assert client.get(f"/work/notices/{notice.pk}/").headers["Location"] == notice.url
    assert client.get("/work/notices/").context["bar"]["notices"] == 0
    assert client_of(planner).get(f"/work/notices/{notice.pk}/").headers["Location"] == "/work/notices/"


def test_a_meeting_is_run_by_the_department_that_called_it(subject: Region, planner: Actor, reviewer: Actor) -> None:
    meeting = call_meeting(planner, "协调会", "会", timezone.now())
    item = put_on_agenda(planner, meeting, subject)
    client_of(reviewer).post(f"/work/meetings/{meeting.pk}/", {"act": "minute", "item": item.pk, "decision": "agreed"})
    item.refresh_from_db()
    assert item.decision == ""


DAY = st.none() | st.integers(-3, 3)


@given(st.lists(st.tuples(DAY, DAY, DAY), max_size=12), st.sampled_from([Task.State.OPEN, Task.State.RETURNED]))
def test_lights_are_counted_as_the_list_filters_by_them(days: list[tuple[int | None, ...]], state: str) -> None:
    today = timezone.localdate()
    with transaction.atomic():
        for row in days:
            due, near, paused = (None if day is None else today + timedelta(days=day) for day in row)
            open_task_row(state=state, due_on=due, near_from=near, paused_until=paused)
        rows = Task.objects.filter(kind="t")
        counts = tasks.counts([rows], today)
        assert {light: rows.filter(light_condition(light, today)).count() for light in "gyrpn"} == {
            light: counts[light] for light in "gyrpn"
        }
        assert (counts["all"], counts["returned"]) == (len(days), len(days) if state == Task.State.RETURNED else 0)
        transaction.set_rollback(True)


def open_task_row(**columns: Any) -> None:
    Task.objects.create(subject_type="t", subject_id="1", kind="t", title="t", received_on=timezone.localdate(), **columns)
