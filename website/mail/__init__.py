"""Mail: an outbox in the database, and the task that delivers it over SMTP.

`enqueue` is what other features call, inside their own transaction.
"""

from website.mail.outbox import enqueue

__all__ = ["enqueue"]
