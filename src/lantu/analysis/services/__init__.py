"""What one asks of the map: check, search for sites, count, evaluate, take away, keep."""

from lantu.analysis.services.batches import start_batch
from lantu.analysis.services.checks import dismiss, run_check, verify_check, withdraw_dismissal
from lantu.analysis.services.downloads import start_download, take_download
from lantu.analysis.services.embedding import grant_embedding, withdraw_embedding
from lantu.analysis.services.evaluations import evaluate, verify_evaluation
from lantu.analysis.services.marks import mark_map, unmark_map
from lantu.analysis.services.processes import start_process
from lantu.analysis.services.siting import save_site, search_sites
from lantu.analysis.services.statistics import keep_statistic

__all__ = [
    "dismiss",
    "evaluate",
    "grant_embedding",
    "keep_statistic",
    "mark_map",
    "run_check",
    "save_site",
    "search_sites",
    "start_batch",
    "start_download",
    "start_process",
    "take_download",
    "unmark_map",
    "verify_check",
    "verify_evaluation",
    "withdraw_dismissal",
    "withdraw_embedding",
]
