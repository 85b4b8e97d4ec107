"""One self-contained HTML file that a report can be looked at in, offline and in a sandboxed frame."""

from spark_models.report.html.document import report_page

__all__ = ["report_page"]
