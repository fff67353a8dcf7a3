"""The report of a run: one self-contained HTML page."""

from motiflens.report.page import report_html

__all__ = ["report_html"]
