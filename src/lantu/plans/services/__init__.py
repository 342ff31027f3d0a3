"""Verbs of the plans room: from hand-over to release, and living layers."""

from lantu.plans.services.bulk import DatasetSpec, bring_file, import_file
from lantu.plans.services.checking import check_delivery, repair_feature, waive
from lantu.plans.services.datasets import create_dataset, save_profile
from lantu.plans.services.intake import abandon_delivery, confirm_reading, receive_delivery, receive_in_background
from lantu.plans.services.living import end_living, register_living, supersede_living
from lantu.plans.services.living_files import LivingFile, register_living_file
from lantu.plans.services.mapping import apply_mapping
from lantu.plans.services.releasing import Legal, release_delivery
from lantu.plans.services.targets import release_table

__all__ = [
    "DatasetSpec",
    "Legal",
    "LivingFile",
    "abandon_delivery",
    "apply_mapping",
    "bring_file",
    "check_delivery",
    "confirm_reading",
    "create_dataset",
    "end_living",
    "import_file",
    "receive_delivery",
    "receive_in_background",
    "register_living",
    "register_living_file",
    "release_delivery",
    "release_table",
    "repair_feature",
    "save_profile",
    "supersede_living",
    "waive",
]
