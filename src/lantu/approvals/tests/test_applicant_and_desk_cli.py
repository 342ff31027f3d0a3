"""What applicants, window, issue desk and review desk do by pages, done from the command line: the same verbs, the same refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lantu.approvals import factories as make
from lantu.approvals import services
from lantu.approvals.cli import approvals
from lantu.approvals.models import Draft, Rating, StageApplication, StageResult, Tick
from lantu.approvals.tests.ways import Api, name_of, run
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.documents.factories import small_city

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


def refused(*arguments: str) -> Exception:
    """What the program ends with."""
    with pytest.raises((BadInput, Conflict, NotFound, Refused)) as error:
        approvals.main(list(arguments), standalone_mode=False)
    return error.value


def kept(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_a_builder_begins_fills_in_and_files_and_withdraws(tmp_path: Path, who: Who) -> None:
    make_calendar()
    make.make_definition()
    project = make.make_project()
    make.make_applicant(who["builder"], project)
    me = ("--as", name_of(who["builder"]))
    began = run("draft", "start", project.code, "2", "gov_building", *me)
    pk = began.split()[0]
    assert pk == run("draft", "start", project.code, "2", "gov_building", *me).split()[0] and "scheme_drawing" in began
    stranger = ("--as", name_of(make_actor("builder")))
    assert isinstance(refused("draft", "show", pk, *stranger), NotFound)
    assert isinstance(refused("draft", "start", project.code, "2", "gov_building", "--as", name_of(who["window"])), Refused)
    facts = {"basement": True, "heritage": False, "floor_area_m2": 50294.0}
    run("draft", "fill", pk, *me, given=json.dumps({"situation": facts}))
    form = {one.code for one in make.Prepared(Draft.objects.get()).form}
    answers = {code: value for code, value in make.ANSWERS.items() if code in form}
    run("draft", "fill", pk, *me, given=json.dumps({"answers": answers}))
    run("draft", "fill", pk, *me, given='{"site": {"type": "Ground"}}', code=1)
    run("draft", "fill", pk, *me, given='{"answers": 3}', code=2)
    run("draft", "fill", pk, *me, given='{"answers": {"nothing": 1}}', code=1)
    gaps = refused("draft", "submit", pk, *me)
    assert isinstance(gaps, Conflict) and gaps.code == "not-ready"
    run("draft", "attach", pk, "scheme_text", kept(tmp_path, "方案.pdf", make.pdf("0")), "--part", "2", *me)
    scan = run("draft", "attach", pk, "scheme_text", kept(tmp_path, "方案.pdf", make.pdf("1")), *me).split()[0]
    run("draft", "take-back", pk, scan, *me)
    for code, name, data in (
        ("scheme_text", "方案.pdf", make.pdf("1")), ("scheme_drawing", "图.dwg", make.DWG), ("land_permit", "证.pdf", make.pdf("2")),
    ):  # fmt: skip
        assert name in run("draft", "attach", pk, code, kept(tmp_path, name, data), *me)
    assert isinstance(refused("draft", "attach", pk, "scheme_drawing", kept(tmp_path, "x.dwg", b"<html>"), *me), BadInput)
    assert "补齐" in run("draft", "later", pk, "defence_form", *me)
    run("draft", "refresh", pk, *me)
    assert "100 %" in run("draft", "sign", pk, *me) and pk in run("drafts", *me)
    assert json.loads(run("draft", "show", pk, "--json", *me))["gaps"] == []
    number = run("draft", "submit", pk, *me).split()[0]
    case = StageApplication.objects.get(number=number)
    assert run("attach", number, "scheme_text", kept(tmp_path, "新.pdf", make.pdf("9")), *me).split()[1] == "scheme_text"
    assert run("amend", number, *me, given=json.dumps({"far": 0.7})).split() == [number, "2"]
    services.ask_correction(who["window"], make.branch(case, "scheme"), "缺图")
    assert "scheme" in run("corrections", number, *me)
    assert isinstance(refused("corrections", number, *me), Conflict)
    assert isinstance(refused("withdraw", number, " ", *me), BadInput)
    assert "withdrawn" in run("withdraw", number, "不办了", *me)
    assert "5" in run("rate", number, "5", "快", *me) and Rating.objects.get().score == 5
    unwanted = run("draft", "start", project.code, "1", "gov_building", *me).split()[0]
    assert "discarded" in run("draft", "discard", unwanted, *me)


def test_papers_at_the_counter_and_results_over_it(tmp_path: Path, stage: StageApplication, who: Who) -> None:
    small_city()
    number, window, builder = stage.number, ("--as", name_of(who["window"])), ("--as", name_of(who["builder"]))
    scan = kept(tmp_path, "图.dwg", make.DWG)
    brought = ("--title", "总平面", "--by", "王工")
    with make.at("2018-09-21"):
        assert isinstance(refused("paper", "take", number, "scheme_drawing", scan, *brought, *builder), Refused)
        pk = run("paper", "take", number, "scheme_drawing", scan, *brought, *window).split()[0]
        assert isinstance(refused("paper", "return", number, pk, "王工", *window), Conflict)
        assert "已核对" in run("paper", "compare", number, pk, *window)
        assert "王工" in run("paper", "return", number, pk, "王工", *window) and "总平面" in run("paper", "list", number, *window)
        assert isinstance(refused("paper", "compare", number, "99", *window), NotFound)
        online = services.hand_in(who["builder"], stage, "defence_form", make.kept(make.pdf("form")), "x.pdf")
        assert "defence_form" in run("paper", "original", number, str(online.pk), *window)

    for item in ("scheme", "defence"):
        StageResult.objects.create(application=stage, branch=make.branch(stage, item), kind="decision", title=item, state="out")
    first, second = StageResult.objects.order_by("pk")
    assert isinstance(refused("deliver", str(first.pk), "counter", "张三", *builder), Refused)
    assert isinstance(refused("deliver", str(first.pk), "post", "张三", *window), BadInput)  # without the consignment number
    assert "张三" in run("deliver", str(first.pk), "post", "张三", "--receipt", "EMS 1", *window)
    told = refused("download", str(second.pk), str(tmp_path / "out.pdf"), *builder)
    assert isinstance(told, Conflict) and told.code == "sign-first"
    assert "王工" in run("receive", number, "王工", *builder)
    assert isinstance(refused("receive", number, "王工", *builder), Conflict)
    assert run("results", number, *builder).count("\n") == 2
    stage.refresh_from_db()
    paper = StageResult.objects.get(pk=second.pk).receipt  # any sealed paper will do for what goes out
    StageResult.objects.filter(pk=second.pk).update(paper=paper)
    run("download", str(second.pk), str(tmp_path / "out.pdf"), *builder)
    assert (tmp_path / "out.pdf").read_bytes()[:4] == b"%PDF"
    assert isinstance(refused("correct", str(second.pk), "写错", "--set", "scale=1", "--as", name_of(who["RFB.decider"])), Conflict)
    run("correct", str(second.pk), "写错", "--set", "a=1", "--set", "a=2", "--as", name_of(who["RFB.decider"]), code=2)


def test_lines_of_a_technical_review_are_ticked(tmp_path: Path, stage: StageApplication, who: Who) -> None:
    number, mine = stage.number, ("--as", name_of(who["GH.reviewer"]))
    with make.at("2018-09-21"):
        row = make.branch(stage, "scheme")
        services.accept(who["window"], row)
        lines = [line.split("\t") for line in run("lines", number, "scheme", *mine).splitlines()]
        key = next(one[0] for one in lines if one[2] == "容积率")
        ticking = ("tick-line", number, "scheme", key, "ok", "第 3 页")
        assert isinstance(refused(*ticking, *mine), Conflict)  # the department has not begun
        services.start_work(who["GH.reviewer"], row)
        assert isinstance(refused(*ticking, "--as", name_of(who["RFB.reviewer"])), Refused)
        assert isinstance(refused("tick-line", number, "scheme", "nothing", "ok", "x", *mine), NotFound)
        assert isinstance(refused("tick-line", number, "scheme", key, "perhaps", "x", *mine), BadInput)
        run(*ticking, "--measured", "0.79", "--file", kept(tmp_path, "图.pdf", make.pdf()), *mine)
        found = {one["key"]: one for one in Api(who["GH.reviewer"]).get(f"branches/{row.pk}/lines")}
        assert (found[key]["verdict"], found[key]["evidence"]) == ("ok", "第 3 页")
        kept_tick = Tick.objects.get()
        assert (kept_tick.measured, kept_tick.filename, kept_tick.limit) == ("0.79", "图.pdf", found[key]["limit"])
        assert "第 3 页" in run("lines", number, "scheme", *mine)
        assert isinstance(refused("lines", number, "nothing", *mine), NotFound)
