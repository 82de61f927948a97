"""Build a report: plan it, run its chapters, render and publish them; `report.build_report` does it all.

Nothing is imported here, so that a worker process starts with no more than it needs.
"""
