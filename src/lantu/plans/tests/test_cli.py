"""``lantu plans``: the same verbs from the command line, with exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lantu.accounts import demo
from lantu.core.errors import Conflict, NotFound
from lantu.plans.cli import plans
from lantu.plans.models import Delivery, LivingFeature, PlanRelease
from lantu.plans.tests import files as make


@pytest.fixture(autouse=True)
def people(city: object) -> None:
    demo.load()


def run(*arguments: str | Path, fails: type[Exception] | None = None) -> Any:
    result = CliRunner().invoke(plans, [str(one) for one in arguments])
    if fails is None and isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    if fails is not None:
        assert isinstance(result.exception, fails), result.output
    return result


def urban(path: Path, *more: str) -> list[str]:
    return ["import", str(path), "--layer", "C0101", "--name", "城规", "--field", "code=地类", "--field", "id=编号", *more]


def test_a_file_is_imported_listed_and_superseded(tmp_path: Path) -> None:
    path = make.write(tmp_path / "a.gpkg", make.squares(2), names=["R2", "B1"])
    done = run(*urban(path, "--as", "demo-planner", "--checker", "demo-checker", "--waive-reason", "演示"))
    assert done.exit_code == 0, done.output
    assert "2 图斑" in done.output
    release = PlanRelease.objects.get()
    assert release.released_by_name == "演示·规划经办"
    assert "城规" in run("list").output
    assert "已发布" in run("list", "--deliveries").output


def test_quality_errors_stop_with_exit_code_one_until_they_are_waived(tmp_path: Path) -> None:
    overlapping = [*make.squares(1), make.squares(1, at=(363_050.0, 2_949_000.0))[0]]
    path = make.write(tmp_path / "a.gpkg", overlapping, names=["R2", "B1"])
    stopped = run(*urban(path, "--check-only"))
    assert stopped.exit_code == 1
    delivery = str(Delivery.objects.get().pk)
    assert "Q08" in stopped.output
    assert run("quality", delivery, "--rerun").exit_code == 1
    run("release", delivery, fails=Conflict)
    run(*urban(path, "--checker", "demo-checker"), fails=Conflict)
    assert not PlanRelease.objects.filter(state="released").exists()


def test_the_planner_cannot_be_the_second_person(tmp_path: Path) -> None:
    path = make.write(tmp_path / "a.gpkg", make.squares(1), names=["R2"])
    run(*urban(path, "--checker", "demo-planner", "--waive-reason", "x"), fails=NotFound)
    run(*urban(path, "--as", "nobody"), fails=NotFound)
    assert run("import", path).exit_code == 2
    assert run(*urban(path, "--field", "code")).exit_code == 2


def test_living_features_by_the_command_line(tmp_path: Path) -> None:
    path = make.write(tmp_path / "red.gpkg", make.squares(1), names=["红线"])
    run("living", "register", "D0101", path, "--id-field", "编号", "--name-field", "地类", "--valid-from", "2018-06-01")
    feature = LivingFeature.objects.get()
    assert "红线" in run("living", "list", "--on", "2018-06-02").output
    run("living", "supersede", feature.pk, path, "--valid-from", "2018-07-01", "--document-no", "新")
    new = LivingFeature.objects.get(supersedes=feature)
    run("living", "end", new.pk, "--on", "2018-08-01", "--reason", "完")
    assert "红线" not in run("living", "list", "--on", "2018-08-02").output
    run("living", "end", "999", "--on", "2018-08-01", "--reason", "x", fails=NotFound)
