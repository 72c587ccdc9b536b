"""What people say of the help they got: of an answer, and of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("procedure", sa.String(100), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name="fk_opinion_conversation_conversation", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_opinion"),
        sa.UniqueConstraint("conversation", "procedure", name="uq_opinion_conversation"),
    )
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.String(100), nullable=False),
        sa.Column("said_by", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('resolved', 'to_continue', 'redirected', 'absent')", name=op.f("ck_outcome_known")
        ),
        sa.CheckConstraint("said_by IN ('person', 'agent')", name=op.f("ck_outcome_said_by")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_outcome_appointment_id_appointment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outcome"),
        sa.UniqueConstraint("appointment_id", "procedure", "said_by", name="uq_outcome_appointment_id"),
    )


def downgrade() -> None:
    op.drop_table("outcome")
    op.drop_table("opinion")
