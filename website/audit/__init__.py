"""The audit log: who did what when, in ids and words. Rows are only ever added: `record`."""

from website.audit.log import record

__all__ = ["record"]
