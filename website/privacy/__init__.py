"""Members' data: masking, erasure with a receipt, retention, objection, export."""

from website.privacy.masking import masked

__all__ = ["masked"]
