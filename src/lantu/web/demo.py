"""The demo city: packs, people, plans, fusion and the first release, all by the verbs that people use.

Run again it goes on where it stopped.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import shapely
from django.conf import settings
from django.core.management import call_command

from lantu.accounts import demo as demo_people
from lantu.analysis import demo as demo_analysis
from lantu.approvals import demo as demo_approvals
from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.services import compare, publish_release, start_run
from lantu.casework import demo as demo_casework
from lantu.certificates import demo as demo_certificates
from lantu.conflicts import demo as demo_conflicts
from lantu.core import jobs
from lantu.core.actor import system
from lantu.core.errors import LantuError
from lantu.core.models import Job
from lantu.plans import demo_office
from lantu.plans.demo import datum as demo_datum
from lantu.plans.demo import make
from lantu.plans.models import LivingFeature, PlanDataset, PlanPatch, PlanRelease
from lantu.plans.services.folders import import_folder, is_released, part_of, plan_folders
from lantu.plans.services.living import register_living
from lantu.projects import demo as demo_projects
from lantu.standards import selectors
from lantu.standards.services import load_pack

WAIVE_REASON = "演示：来源错误照原样入库，留给融合和协调演示。"
CITY = "guiyang"
NUMBER, FULL_NUMBER = "0.1", "1.0"
Tell = Callable[[float, str], None]
Watch = Callable[[str], Tell]
"""Called at the start of each step with its title; gives the function that takes the step's progress."""


@dataclass
class DemoCity:
    """Builds the demo of a city whose pack is here.

    A pack with a folder ``plans`` brings real plans; for the others plans are made: ``size`` says about how many patches, ``folder``
    where their files go.
    """

    watch: Watch
    size: int = 7000
    city: str = CITY
    folder: Path = field(default_factory=lambda: Path(settings.VAR) / "demo")

    @property
    def pack(self) -> Path:
        return Path(settings.CITIES_DIR) / self.city

    @property
    def plans(self) -> Path:
        """The plan folders that are brought in."""
        return self.pack / "plans" if (self.pack / "plans").is_dir() else self.folder

    def build(self) -> BlueprintRelease:
        """All steps; those that are done already are passed over. Returns the release in force."""
        self.prepare()
        self.import_plans()
        self.register_red_lines()
        self.show_collecting()
        self.coordinate()
        release = self.publish(self.fuse())
        release = self.settle(release)
        self.plan_projects()
        self.approve()
        tell = self.watch("演示证照 Demo certificates")
        demo_certificates.load(release)
        tell(1.0, "")
        # last: checks and indicators read what projects and permits have left on the living layers
        tell = self.watch("演示检测与评价 Demo checks, evaluation")
        demo_analysis.load(release)
        tell(1.0, "")
        return release

    def prepare(self) -> None:
        """Tables, city pack, people, plan files."""
        call_command("migrate", verbosity=0, interactive=False)
        tell = self.watch("装入城市包 City pack")
        load_pack(system("lantu demo", "cli"), self.pack)
        tell(1.0, "")
        tell = self.watch("开立演示账户 Demo accounts")
        demo_people.load()
        tell(1.0, "")
        if self.plans == self.folder and not (self.folder / "truth.json").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            make(self.folder, size=self.size, progress=self.watch("生成演示规划 Demo plans"))

    def import_plans(self) -> None:
        """Each plan folder by the planner, what is faulty waived by the checker."""
        planner, checker = demo_people.demo_actor("planner"), demo_people.demo_actor("checker")
        folders = [path for path in plan_folders(self.plans) if not is_released(path)]
        if not folders:
            return
        if self.plans == self.folder:
            demo_datum.register(planner, checker)
        tell = self.watch("规划入库 Import plans")
        for number, path in enumerate(folders):
            import_folder(
                planner,
                path,
                checker=checker,
                waive_reason=WAIVE_REASON,
                unclassified=True,
                tell=part_of(tell, number, len(folders)),
            )
        tell(1.0, "")

    def register_red_lines(self) -> None:
        """A few approvals on the living layers, on patches of the urban plan, so that a click shows them."""
        if LivingFeature.objects.filter(demo=True).exists():
            return
        planner = demo_people.demo_actor("planner")
        layers = [layer for layer in selectors.catalogue().layers.values() if layer.is_living and layer.geometry_kind == "polygon"]
        patches = PlanPatch.objects.filter(release__layer_code="C0101", release__state=PlanRelease.State.RELEASED).order_by("index")[
            :400:50
        ]
        for number, patch in enumerate(patches if layers else ()):
            layer = layers[number % len(layers)]
            register_living(
                planner,
                layer.code,
                f"演示-{number + 1:03d}",
                shapely.make_valid(patch.geometry),
                name=f"演示项目 {number + 1} 号",
                valid_from=date(2018, 6, 1),
                document_no=f"演示许〔2018〕{number + 1}号",
                demo=True,
            )

    def coordinate(self) -> None:
        """A consultation and a meeting over the first plan, so that worklists are not empty."""
        tell = self.watch("办理 Casework")
        if (dataset := PlanDataset.objects.order_by("pk").first()) is not None:
            demo_casework.load(dataset)
        tell(1.0, "")

    def plan_projects(self) -> None:
        """The reserve library, a school planned up to its conditions, a year's programme."""
        tell = self.watch("项目策划 Projects")
        demo_projects.load()
        tell(1.0, "")

    def approve(self) -> None:
        """The item catalogue, and the school's first stage filed by its building unit."""
        tell = self.watch("网上报建 Filing online")
        demo_approvals.load()
        tell(1.0, "")

    def fuse(self) -> FusionRun:
        """The last finished run over exactly the releases in force, else a new one."""
        releases = list(_fusible())
        for run in FusionRun.objects.filter(state=FusionRun.State.DONE).order_by("-pk")[:5]:
            if set(run.releases.values_list("pk", flat=True)) == {release.pk for release in releases}:
                return run
        run, job = start_run(demo_people.demo_actor("planner"), releases)
        _work_off(job, self.watch("融合比对 Fuse"))
        run.refresh_from_db()
        return run

    def settle(self, draft: BlueprintRelease) -> BlueprintRelease:
        """From the draft to version 1.0: the critical conflicts are decided, applied and fused; others stay open, in the middle of it."""
        if draft.number != NUMBER or not (self.pack / "resolution.yaml").exists():
            return draft
        demo_conflicts.coordinate(draft.run, self.watch("协调冲突 Settle conflicts"))
        run, job = start_run(demo_people.demo_actor("planner"), list(_fusible()))
        _work_off(job, self.watch("落图后再融合 Fuse with decisions"))
        run.refresh_from_db()
        jobs.work_off()
        demo_conflicts.finish(run)
        tell = self.watch("发布 1.0 Publish 1.0")
        release = publish_release(demo_people.demo_actor("publisher"), run, FULL_NUMBER, "演示版本：一级冲突已落图或经批复暂缓")
        compare(demo_people.demo_actor("planner"), draft.run, run)
        jobs.work_off()
        tell(1.0, "")
        return release

    def show_collecting(self) -> None:
        """A collection round and a scanned sheet that is placed and waits to be traced, once."""
        tell = self.watch("汇交与扫描图 Collection, scan")
        planner = demo_people.demo_actor("planner")
        demo_office.show_collection(planner)
        demo_office.show_scan(planner)
        tell(1.0, "")

    def publish(self, run: FusionRun) -> BlueprintRelease:
        """Release 0.1 by the publisher, once."""
        found = BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).order_by("-published_at").first()
        if found is not None:
            return found
        tell = self.watch("发布蓝图 Publish")
        release = publish_release(demo_people.demo_actor("publisher"), run, NUMBER, "演示版本")
        tell(1.0, "")
        return release


def _fusible() -> list[PlanRelease]:
    """The releases in force that have patches; tables of targets and projects have none."""
    return list(PlanRelease.objects.filter(state=PlanRelease.State.RELEASED, patch_count__gt=0, patches__isnull=False).distinct())


def _work_off(job: Job, tell: Tell) -> None:
    """Run the job here and now, showing its progress. Raises ``LantuError`` with what the job says when it fails."""
    jobs.work_off(tell=tell)
    job.refresh_from_db()
    while job.state in (Job.State.QUEUED, Job.State.RUNNING):  # a worker that serves this data folder has taken it
        time.sleep(0.5)
        job.refresh_from_db()
        tell(job.share, job.step)
    if job.state != Job.State.DONE:
        error = job.error or {}
        raise LantuError(str(error.get("what", job.state)), where=str(error.get("where", "")), how=str(error.get("how", "")))


def throw_away() -> None:
    """Delete what the demo has made: database rows, files and stores of this data folder. The caller has asked first."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("flush", verbosity=0, interactive=False)
    for folder in (settings.LANTU_FILES, settings.LANTU_STORE, settings.LANTU_SEALS, Path(settings.VAR) / "demo"):
        shutil.rmtree(folder, ignore_errors=True)
