"""The directory: antennas, contacts, opening hours, absences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "antenna",
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("head_office", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("commune", sa.String(5), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("front_desk", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_antenna")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("antenna", sa.String(64), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("deputy", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.ForeignKeyConstraint(["antenna"], ["antenna.slug"], name=op.f("fk_contact_antenna")),
        sa.ForeignKeyConstraint(
            ["deputy"], ["contact.id"], name=op.f("fk_contact_deputy"), deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_index(op.f("ix_contact_antenna"), "contact", ["antenna"])
    # Antenna and contact refer to each other, so this one comes after both tables.
    with op.batch_alter_table("antenna") as batch:
        batch.create_foreign_key(
            op.f("fk_antenna_front_desk"), "contact", ["front_desk"], ["id"], deferrable=True, initially="DEFERRED"
        )
    op.create_table(
        "antenna_opening",
        sa.Column("antenna", sa.String(64), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("antenna", "weekday", "opens", name=op.f("pk_antenna_opening")),
        sa.ForeignKeyConstraint(
            ["antenna"], ["antenna.slug"], name=op.f("fk_antenna_opening_antenna"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_antenna_opening_weekday")),
        sa.CheckConstraint("opens < closes", name=op.f("ck_antenna_opening_order")),
    )
    op.create_table(
        "coverage",
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contact", "category", name=op.f("pk_coverage")),
        sa.ForeignKeyConstraint(["contact"], ["contact.id"], name=op.f("fk_coverage_contact"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_coverage_category"), "coverage", ["category"])
    op.create_table(
        "absence",
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("contact", "position", name=op.f("pk_absence")),
        sa.ForeignKeyConstraint(["contact"], ["contact.id"], name=op.f("fk_absence_contact"), ondelete="CASCADE"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_order")),
    )
    op.create_table(
        "directory_import",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory_import")),
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("antenna") as batch:
        batch.drop_constraint(op.f("fk_antenna_front_desk"), type_="foreignkey")
    for table in ("directory_import", "absence", "coverage", "antenna_opening", "contact", "antenna"):
        op.drop_table(table)
