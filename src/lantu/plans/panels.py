"""What the plans room shows on other pages: deliveries that wait, the number beside the navigation entry, search."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.plans.models import CollectionRequest, CollectionRound, Delivery, LivingFeature, PlanDataset, QualityFinding, Waiver
from lantu.plans.tables import layer_name
from lantu.ui.registry import Found

_SHOWN = 6


def deliveries_for(actor: Actor) -> QuerySet[Delivery]:
    """What waits for an actor: a planner's own open deliveries; for a checker those of others with errors nobody has decided on."""
    open_ones = Delivery.objects.exclude(state__in=[Delivery.State.RELEASED, Delivery.State.ABANDONED]).select_related("dataset")
    if actor.role == "planner":
        return open_ones.filter(uploaded_by_id=actor.user_id)
    if actor.role != "checker":
        return Delivery.objects.none()
    waived = Waiver.objects.filter(delivery=OuterRef("delivery"), run=OuterRef("run"), check_code=OuterRef("check_code"))
    errors = QualityFinding.objects.filter(delivery=OuterRef("pk"), run=OuterRef("current_run"), level="error", repaired=False)
    others = open_ones.filter(~Q(uploaded_by_id=actor.user_id) | Q(uploaded_by_id=None), state=Delivery.State.CHECKED)
    return others.filter(Exists(errors.filter(~Exists(waived))))


def waiting(request: HttpRequest) -> list[QuerySet[Delivery]]:
    """The deliveries that wait for the one who asks."""
    return [deliveries_for(request.actor)]  # type: ignore[attr-defined]


def home(request: HttpRequest, subject: Any) -> str | None:
    """The deliveries that wait, on the workbench."""
    rows = deliveries_for(request.actor).order_by(F("uploaded_at").desc())  # type: ignore[attr-defined]
    found = list(rows[:_SHOWN])
    return render_to_string("plans/parts/waiting_panel.html", {"deliveries": found, "total": rows.count()}, request) if found else None


def requests_for(actor: Actor) -> QuerySet[CollectionRequest]:
    """Collection requests that wait for an actor: to be handed in by the department, to be received by the planner."""
    rows = CollectionRequest.objects.filter(round__state=CollectionRound.State.OPEN).select_related("round", "department")
    if actor.role == "planner":
        return rows.filter(state=CollectionRequest.State.SUBMITTED)
    if actor.role == "reviewer" and actor.department:
        open_states = [CollectionRequest.State.ASKED, CollectionRequest.State.RETURNED]
        return rows.filter(state__in=open_states, department__code__in=answers_for(actor.department))
    return rows.none()


def collecting(request: HttpRequest) -> list[QuerySet[CollectionRequest]]:
    """The collection requests that wait for the one who asks."""
    return [requests_for(request.actor)]  # type: ignore[attr-defined]


def collection_home(request: HttpRequest, subject: Any) -> str | None:
    """What is to be handed in or received, on the workbench."""
    rows = requests_for(request.actor)  # type: ignore[attr-defined]
    found = list(rows[:_SHOWN])
    context = {"requests": [(one, layer_name(one.layer_code)) for one in found], "total": rows.count()}
    return render_to_string("plans/parts/collection_panel.html", context, request) if found else None


def search(request: HttpRequest, text: str) -> list[Found]:
    """Datasets and living features that a text finds, for those who may read plans."""
    from lantu.plans.permissions import READERS

    if request.actor.role not in READERS:  # type: ignore[attr-defined]
        return []
    datasets = PlanDataset.objects.filter(Q(name__icontains=text) | Q(plan_name__icontains=text) | Q(document_no__icontains=text))[:10]
    living = LivingFeature.objects.filter(Q(name__icontains=text) | Q(feature_id__icontains=text) | Q(document_no__icontains=text))[:10]
    found = [Found(one.name, reverse("plans:dataset", args=[one.pk]), one.layer_code) for one in datasets]
    return found + [Found(one.name or one.feature_id, reverse("plans:living-feature", args=[one.pk]), one.document_no) for one in living]
