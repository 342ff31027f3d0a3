"""What one asks of the map: check, search for sites, count, evaluate, take away, keep."""

from lantu.analysis.services.batches import start_batch
from lantu.analysis.services.checks import dismiss, run_check, verify_check, withdraw_dismissal
from lantu.analysis.services.downloads import start_download, take_download
from lantu.analysis.services.embedding import grant_embedding, withdraw_embedding
from lantu.analysis.services.evaluations import evaluate, verify_evaluation
from lantu.analysis.services.marks import mark_map, unmark_map
from lantu.analysis.services.processes import start_process
from lantu.analysis.services.profiles import draw_profile, verify_profile
from lantu.analysis.services.rasters import keep_raster, load_raster, remove_raster, start_raster
from lantu.analysis.services.siting import save_site, search_sites
from lantu.analysis.services.statistics import keep_statistic

__all__ = [
    "dismiss",
    "draw_profile",
    "evaluate",
    "grant_embedding",
    "keep_raster",
    "keep_statistic",
    "load_raster",
    "mark_map",
    "remove_raster",
    "run_check",
    "save_site",
    "search_sites",
    "start_batch",
    "start_download",
    "start_process",
    "start_raster",
    "take_download",
    "unmark_map",
    "verify_check",
    "verify_evaluation",
    "verify_profile",
    "withdraw_dismissal",
    "withdraw_embedding",
]
