"""``/api/v1/plans/datasets/…/metadata``: metadata of datasets as JSON; the XML is at ``/plans/<id>/metadata.xml``."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.plans.iso_metadata import steps
from lantu.plans.models import PlanDataset
from lantu.plans.permissions import READERS
from lantu.plans.schemas import MetadataIn, MetadataOut
from lantu.plans.services import metadata as verbs

router = Router(tags=["plans"])


def _find(pk: int) -> PlanDataset:
    found = PlanDataset.objects.select_related("owner").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号数据集。") % {"id": pk}, how="/api/v1/plans/releases")
    return found


def _out(dataset: PlanDataset) -> MetadataOut:
    found, release = verbs.metadata_of(dataset), verbs.in_force(dataset)
    facts = {name: getattr(found, name) for name in verbs.FIELDS}
    return MetadataOut(
        **facts,
        dataset=dataset.pk,
        name=dataset.name,
        layer_code=dataset.layer_code,
        owner=str(dataset.owner or ""),
        scale=dataset.scale,
        missing=verbs.missing(found),
        provenance=steps(verbs.provenance(release.delivery) if release else None),
    )


@router.get("{dataset}/metadata", response=MetadataOut, url_name="plans-metadata")
@access(*READERS)
def metadata(request: HttpRequest, dataset: int) -> MetadataOut:
    """The metadata of a dataset and the provenance of its release in force."""
    return _out(_find(dataset))


@router.put("{dataset}/metadata", response=MetadataOut, url_name="plans-describe")
@access("planner")
def describe(request: HttpRequest, dataset: int, said: MetadataIn) -> MetadataOut:
    """Set facts of the metadata."""
    found = _find(dataset)
    verbs.describe_dataset(request.actor, found, **said.dict(exclude_unset=True))  # type: ignore[attr-defined]
    return _out(found)
