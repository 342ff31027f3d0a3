"""Verbs of the plans room: from hand-over to release, and living layers."""

from lantu.plans.services.bulk import DatasetSpec, bring_file, import_file
from lantu.plans.services.checking import check_delivery, repair_feature, waive
from lantu.plans.services.collecting import check_submission, close_round, open_round, remind
from lantu.plans.services.datasets import create_dataset, save_profile
from lantu.plans.services.intake import abandon_delivery, confirm_reading, receive_delivery, receive_in_background
from lantu.plans.services.living import end_living, register_living, supersede_living
from lantu.plans.services.living_files import LivingFile, register_living_file
from lantu.plans.services.mapping import apply_mapping
from lantu.plans.services.mending import mend, mend_by_rule, mend_finding
from lantu.plans.services.releasing import Legal, release_delivery
from lantu.plans.services.sheet_jobs import enqueue_placing, enqueue_sheets
from lantu.plans.services.sheets import bring_sheets, check_sheet, deliver_sheets, reference_sheet, reopen_sheet, submit_sheet
from lantu.plans.services.targets import release_table
from lantu.plans.services.tracing import (
    describe_features,
    draw_feature,
    erase_features,
    extract_regions,
    merge_features,
    reshape_features,
    split_features,
)

__all__ = [
    "DatasetSpec",
    "Legal",
    "LivingFile",
    "abandon_delivery",
    "apply_mapping",
    "bring_file",
    "bring_sheets",
    "check_delivery",
    "check_sheet",
    "check_submission",
    "close_round",
    "confirm_reading",
    "create_dataset",
    "deliver_sheets",
    "describe_features",
    "draw_feature",
    "end_living",
    "enqueue_placing",
    "enqueue_sheets",
    "erase_features",
    "extract_regions",
    "import_file",
    "mend",
    "mend_by_rule",
    "mend_finding",
    "merge_features",
    "open_round",
    "receive_delivery",
    "receive_in_background",
    "reference_sheet",
    "register_living",
    "register_living_file",
    "release_delivery",
    "release_table",
    "remind",
    "reopen_sheet",
    "repair_feature",
    "reshape_features",
    "save_profile",
    "split_features",
    "submit_sheet",
    "supersede_living",
    "waive",
]
