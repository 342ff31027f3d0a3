"""What one asks of the map: check, search for sites, count, keep."""

from lantu.analysis.services.batches import start_batch
from lantu.analysis.services.checks import dismiss, run_check, verify_check, withdraw_dismissal
from lantu.analysis.services.siting import save_site, search_sites
from lantu.analysis.services.statistics import keep_statistic

__all__ = ["dismiss", "keep_statistic", "run_check", "save_site", "search_sites", "start_batch", "verify_check", "withdraw_dismissal"]
