"""Editing the catalogue: one value changes and nothing else in the file; a second person publishes; the pack comes out whole again."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lantu.approvals import services
from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.compare import differences
from lantu.approvals.catalogue.edit import change
from lantu.approvals.catalogue.text import check_text
from lantu.approvals.catalogue.trial import trial
from lantu.approvals.catalogue_forms import ItemForm
from lantu.approvals.factories import fill, make_definition, make_draft
from lantu.approvals.models import CatalogueDraft, DefinitionRelease
from lantu.approvals.services.cataloguing import text_of
from lantu.casework.factories import make_actor, make_calendar, make_department
from lantu.casework.models import Notification
from lantu.core import jobs
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.standards import selectors
from lantu.standards.factories import pack_yaml
from lantu.standards.pack.files import Report, read_folder
from lantu.standards.services import export_pack, load_pack

PACK = Path(settings.CITIES_DIR) / "guiyang"
TEXT = (PACK / "approvals.yaml").read_text(encoding="utf-8")
DATA: dict[str, Any] = yaml.safe_load(TEXT)
DEPARTMENTS = {"FGW", "GH", "ZJJ", "RFB", "WWJ", "GT", "STW", "CGJ", "CJDA"}


def lines_changed(new: str) -> list[str]:
    return [line for line in new.split("\n") if line not in TEXT.split("\n")]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("items", "scheme", "days"), 12),
        (("items", "defence", "department"), "GH"),
        (("items", "defence", "when"), [{"if": {"basement": True}, "then": True}, {"then": False}]),
        (("items", "forest", "fields"), {"far": {}}),
        (("items", "scheme", "unit"), "calendar"),
        (("items", "defence", "unit"), "calendar"),
        (("items", "defence", "when"), None),
        (("items", "scheme", "after"), None),
        (("items", "record", "commitment"), None),
        (("version",), "2019-1"),
        (("classes", "social", "total"), 99),
        (("stages", "2", "limits", "social"), 20),
        (("settings", "extension_days"), 9),
    ],
)
def test_one_value_changes_and_every_other_line_stays(path: tuple[str, ...], value: Any) -> None:
    made = change(TEXT, path, value)
    wanted = copy.deepcopy(DATA)
    node = wanted
    for key in path[:-1]:
        node = node[key]
    node.pop(path[-1], None) if value is None else node.__setitem__(path[-1], value)
    assert yaml.safe_load(made) == wanted
    assert len(lines_changed(made)) <= 1 and made.count("#") == TEXT.count("#")


@hypothesis_settings(max_examples=15)
@given(st.data())
def test_any_changes_one_after_the_other_and_back_give_the_content_that_was_there(data: st.DataObject) -> None:
    text = TEXT
    for _turn in range(3):
        code = data.draw(st.sampled_from(sorted(DATA["items"])))
        key, value = data.draw(
            st.sampled_from([("days", 3), ("department", "GH"), ("materials", ["contract"]), ("note", "备注: 甲, 乙 # 丙"), ("when", None)])
        )
        text = change(text, ("items", code, key), value)
        text = change(text, ("items", code, key), DATA["items"][code].get(key))
    assert yaml.safe_load(text) == DATA


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        change(TEXT, ("items", "nothing", "days"), 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "YAML 写法有错"),
        ("a: &x [1]\nb: *x\n", "引用"),
        ("[" * 60 + "]" * 60, "嵌套"),
        ("- 1\n", "键: 值"),
        (TEXT.replace("total: 120", "total: many", 1), "不小于 0 的整数"),
        (TEXT.replace('hours: ["09:00", "17:00"]', "hours: [9]"), "收件时间"),
        (TEXT.replace("maximum: 15,", "maximum: 15, min_length: 9, max_length: 3,"), "至少 9 字"),
        (TEXT.replace("{min: 2000}", "{min: many}"), "min 应为数字"),
        (TEXT.replace('pattern: "^[', 'pattern: "(^['), "正则"),
        (TEXT.replace("acceptance_days: 5", "acceptance_days: 0"), "正整数"),
        (TEXT.replace("contact: {title", "2018-01-01: {title"), "加引号"),
    ],
)
def test_whatever_is_written_is_answered_with_its_line_and_never_breaks(text: str, words: str) -> None:
    found = check_text(text, DEPARTMENTS).errors
    assert any(words in one.message for one in found), found


@hypothesis_settings(max_examples=40)
@given(st.data())
def test_any_value_in_any_place_is_checked_without_breaking(data: st.DataObject) -> None:
    spoilt: dict[str, Any] = copy.deepcopy(DATA)
    group = data.draw(st.sampled_from(["classes", "stages", "items", "materials", "fields", "questions", "settings", "reception", "facts"]))
    junk = st.sampled_from([None, "", "x", -1, 0, 3.5, True, [], {}, [[]], [None], {"x": None}, {"then": True}, [{"then": 1}], [{"if": 3}]])
    code = data.draw(st.sampled_from(sorted(spoilt[group])))
    row = spoilt[group][code]
    if isinstance(row, dict) and data.draw(st.booleans()):
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(junk)
    else:
        spoilt[group][code] = data.draw(junk)
    checked = check_text(yaml.safe_dump(spoilt, allow_unicode=True), DEPARTMENTS)
    if not checked.errors:
        read(checked.content)


def test_what_differs_is_said_value_by_value() -> None:
    new = copy.deepcopy(DATA)
    new["items"]["scheme"]["days"] = 12
    del new["items"]["trees"]
    new["fields"]["storeys"] = {"title": "层数"}
    new["version"] = "2019-1"
    found = [(one.group, one.code, one.key, one.what, one.old, one.new) for one in differences(DATA, new)]
    assert found == [
        ("version", "", "", "changed", DATA["version"], "2019-1"),
        ("items", "scheme", "days", "changed", 10, 12),
        ("items", "trees", "", "removed", DATA["items"]["trees"], None),
        ("fields", "storeys", "", "added", None, {"title": "层数"}),
    ]
    assert differences(DATA, DATA) == []


def test_a_try_out_says_which_row_decided_and_what_it_did_not_know() -> None:
    second = trial(read(DATA), "gov_building", {"basement": False, "floor_area_m2": 3000})[1]
    found = {one.item.code: one for one in second.decided}
    assert found["defence"].applies and found["defence"].row == 2 and found["defence"].because == {"floor_area_m2": {"min": 2000}}
    assert not found["heritage"].applies and found["heritage"].row == 2 and found["heritage"].unknown == ("heritage",)
    assert found["scheme"].applies and found["scheme"].row == 0
    assert second.departments == ["GH", "RFB", "FGW"] and second.days == 17 and second.chain == ("scheme", "works_permit")


@pytest.fixture
def city(db: None) -> None:
    load_pack(system(), PACK)
    services.publish_definition(system())


@pytest.fixture
def editor(city: None) -> Actor:
    return make_actor("planner", "GH")


def test_a_second_person_publishes_and_the_pack_comes_out_whole(editor: Actor, tmp_path: Path) -> None:
    draft = services.start_catalogue(editor)
    assert services.start_catalogue(editor).pk == draft.pk
    services.change_catalogue(editor, draft, [(("items", "scheme", "days"), 9)], version=draft.version)
    with pytest.raises(BadInput, match="已经用过"):
        services.submit_catalogue(editor, draft, str(DATA["version"]))
    services.submit_catalogue(editor, draft, "2019-1", "缩短方案审查")
    with pytest.raises(Refused):
        services.publish_catalogue(editor, draft)
    release = services.publish_catalogue(make_actor("sysadmin"), draft)
    assert release.version == "2019-1" and release.content["items"]["scheme"]["days"] == 9
    assert DefinitionRelease.objects.get(state="published") == release and draft.state == "published"
    pack = selectors.pack()
    assert pack.version.endswith("+a1") and release.pack == pack
    export_pack(system(), pack, tmp_path / "out")
    before, after = read_folder(PACK, Report()), read_folder(tmp_path / "out", Report())
    assert {name for name in after if after[name] != before.get(name)} == {"approvals.yaml", "pack.yaml"}
    assert after["approvals.yaml"] == text_of(pack) == draft.text
    assert load_pack(system(), tmp_path / "out").pk == pack.pk


def test_an_administrator_who_edited_does_not_publish(editor: Actor) -> None:
    admin = make_actor("sysadmin")
    draft = services.start_catalogue(editor)
    services.change_catalogue(admin, draft, [(("items", "scheme", "days"), 9)])
    services.submit_catalogue(editor, draft, "2019-1")
    with pytest.raises(Refused, match="参与了编辑"):
        services.publish_catalogue(admin, draft)
    services.return_catalogue(admin, draft, "说明依据")
    assert draft.state == "editing" and draft.returned == "说明依据"


def test_mistakes_are_kept_in_a_text_but_neither_made_by_a_form_nor_submitted(editor: Actor) -> None:
    draft = services.start_catalogue(editor)
    with pytest.raises(BadInput, match="没有部门"):
        services.change_catalogue(editor, draft, [(("items", "scheme", "department"), "XX")])
    with pytest.raises(Conflict, match="没有改动"):
        services.submit_catalogue(editor, draft, "2019-1")
    services.edit_catalogue(editor, draft, TEXT.replace("department: RFB", "department: XX", 1))
    with pytest.raises(BadInput, match="1 处错误"):
        services.submit_catalogue(editor, draft, "2019-1")
    with pytest.raises(Conflict, match="刚被别人改过"):
        services.edit_catalogue(editor, draft, TEXT, version=1)
    services.discard_catalogue(editor, draft)
    assert services.start_catalogue(editor).pk != draft.pk


def test_a_pack_that_was_loaded_meanwhile_is_not_overwritten(editor: Actor) -> None:
    draft = services.start_catalogue(editor)
    services.change_catalogue(editor, draft, [(("items", "scheme", "days"), 9)])
    services.submit_catalogue(editor, draft, "2019-1")
    part = selectors.pack().parts.get(name="file:approvals.yaml")
    other = CatalogueDraft.objects.get(pk=draft.pk)
    other.base.pk = None
    other.base.digest, other.base.version, other.base.in_force = "0" * 64, "0", False
    other.base.save()
    other.base.parts.create(name=part.name, content={"text": "version: x\n"})
    CatalogueDraft.objects.filter(pk=draft.pk).update(base=other.base)
    with pytest.raises(Conflict, match="换过版"):
        services.publish_catalogue(make_actor("sysadmin"), draft)


def test_drafts_begun_under_an_older_release_are_brought_to_the_new_one(db: None) -> None:
    make_calendar()
    make_definition()
    builder = make_actor("builder")
    draft = fill(builder, make_draft(builder))
    answers = dict(draft.answers)
    DefinitionRelease.objects.update(state="outdated")
    items = copy.deepcopy(DATA["items"])
    for item in items.values():
        item["fields"] = {code: row for code, row in (item.get("fields") or {}).items() if code != "height_m"}
    items["scheme"]["materials"].append("contract")
    items["defence"]["when"] = [{"if": {"trees": True}, "then": True}, {"then": False}]
    release = make_definition(items=items)
    emit(system(), "approvals.definition_published", release, number=release.number)
    jobs.work_off()
    draft.refresh_from_db()
    assert draft.definition == release and draft.answers == answers
    told = Notification.objects.get(user_id=builder.user_id, url=draft.get_absolute_url())
    for words in ("不再需要的事项：人防工程设计方案审查", "不再要填、已另存：建筑高度", "新增材料：施工合同", "要补答：施工是否要移植"):
        assert words in told.text


def test_a_draft_whose_stage_is_gone_stays_and_its_people_are_told(db: None) -> None:
    make_calendar()
    old = make_definition()
    builder = make_actor("builder")
    draft = make_draft(builder)
    DefinitionRelease.objects.update(state="outdated")
    stages = {code: row for code, row in DATA["stages"].items() if code != "2"}
    release = make_definition(stages=stages, items={code: row for code, row in DATA["items"].items() if row["stage"] != "2"})
    emit(system(), "approvals.definition_published", release, number=release.number)
    jobs.work_off()
    draft.refresh_from_db()
    assert draft.definition == old
    assert "没有这个阶段" in Notification.objects.get(user_id=builder.user_id, url=draft.get_absolute_url()).text


@pytest.mark.parametrize(
    "table",
    [
        [{"if": {"basement": True, "floor_area_m2": {"min": 2000}}, "then": True}, {"then": False}],
        [{"if": {"floor_area_m2": {"min": 2000, "max": 9000}, "site": "allocation"}, "then": True}, {"if": {"trees": True}, "then": True}, {"then": False}],  # noqa: E501
        [{"if": {"hits": {"has": "C07"}, "site": {"in": ["allocation", "transfer"]}}, "then": True}, {"then": False}],
    ],
)  # fmt: skip
def test_groups_of_conditions_come_back_from_the_form_as_they_stand_in_the_file(db: None, table: list[dict[str, Any]]) -> None:
    content = pack_yaml("approvals.yaml")
    content["items"]["defence"]["when"] = table
    empty = ItemForm(content=content, definition=read(content), code="defence")
    assert empty.initial["applies"] == "rows"
    sent = {name: field.initial for name, field in empty.fields.items()} | dict(empty.initial)
    make_department("RFB")
    form = ItemForm(
        {name: value for name, value in sent.items() if value is not None}, content=content, definition=read(content), code="defence"
    )
    assert form.is_valid(), form.errors
    assert form.cleaned_data["when"] == table and form.changes() == []
    twice = {
        **sent,
        "group0": "1",
        "fact0": "trees",
        "test0": "is",
        "value0": "是",
        "group1": "1",
        "fact1": "trees",
        "test1": "is",
        "value1": "否",
    }
    assert not ItemForm(twice, content=content, definition=read(content), code="defence").is_valid()
