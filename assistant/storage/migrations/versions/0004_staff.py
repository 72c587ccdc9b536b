"""The people of the counters: accounts and sessions, visits, calls, what was unclear, and who read what."""

import sqlalchemy as sa
from alembic import op

from assistant.text import fold

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OF_CONVERSATIONS = ("channel", "procedures", "departement", "shared")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200), nullable=True),
        sa.Column("subject", sa.String(255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "role IN ('operator', 'agent', 'coordinator', 'administrator')", name=op.f("ck_account_role")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
        sa.UniqueConstraint("subject", name="uq_account_subject"),
    )
    op.create_table(
        "account_scope",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.CheckConstraint("kind IN ('place', 'departement', 'everywhere')", name=op.f("ck_account_scope_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_scope_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "value", name="pk_account_scope"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("login", name="pk_sign_in_attempt"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_staff_session_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
    )
    op.create_index("ix_staff_session_account_id", "staff_session", ["account_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(100), nullable=True),
        sa.Column("place_id", sa.String(40), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("actor IN ('staff', 'person', 'system')", name=op.f("ck_audit_actor")),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_account_id", "audit", ["account_id"])
    op.create_table(
        "visit",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("walk_in", sa.Boolean(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('expected', 'arrived', 'in_progress', 'resolved', 'to_continue', 'redirected', 'absent')",
            name=op.f("ck_visit_status"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_visit_appointment_id_appointment", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["account.id"], name="fk_visit_updated_by_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("appointment_id", name="pk_visit"),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_call_account_id_account", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_call_appointment_id_appointment", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
        sa.UniqueConstraint("conversation", name="uq_call_conversation"),
    )
    op.create_index("ix_call_account_id", "call", ["account_id"])
    op.create_index("ix_call_appointment_id", "call", ["appointment_id"])
    op.create_table(
        "unclear",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=True),
        sa.Column("guessed", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("corrected", sa.String(100), nullable=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("label", sa.String(100), nullable=True),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.CheckConstraint("status IN ('new', 'labelled', 'discarded')", name=op.f("ck_unclear_status")),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["account.id"], name="fk_unclear_reviewed_by_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_unclear"),
    )
    op.create_index("ix_unclear_status_at", "unclear", ["status", "at"])
    op.create_index("ix_unclear_conversation", "unclear", ["conversation"])
    op.create_table(
        "request_count",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("departement", sa.String(3), nullable=False),
        sa.Column("procedure", sa.String(100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "departement", "procedure", name="pk_request_count"),
    )
    op.create_table(
        "provider_place",
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_provider_place_place_id_place", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("siret", "place_id", name="pk_provider_place"),
    )
    with op.batch_alter_table("conversation") as conversation:
        conversation.add_column(sa.Column("channel", sa.String(10), nullable=False, server_default="web"))
        conversation.add_column(sa.Column("procedures", sa.JSON(), nullable=False, server_default="[]"))
        conversation.add_column(sa.Column("departement", sa.String(3), nullable=False, server_default=""))
        conversation.add_column(sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("conversation") as conversation:
        for name in OF_CONVERSATIONS:
            conversation.alter_column(name, server_default=None)
    op.add_column("appointment", sa.Column("name_folded", sa.String(400), nullable=False, server_default=""))
    op.add_column("appointment", sa.Column("distance_km", sa.Integer(), nullable=True))
    _fold_names()


def _fold_names() -> None:
    """Of the appointments that are there already: they must be found too."""
    appointment = sa.table("appointment", sa.column("id"), sa.column("name"), sa.column("name_folded"))
    connection = op.get_bind()
    for identity, name in connection.execute(sa.select(appointment.c.id, appointment.c.name)).all():
        folded = {"name_folded": fold(name)[:400]}
        connection.execute(sa.update(appointment).where(appointment.c.id == identity).values(**folded))


def downgrade() -> None:
    for name in ("distance_km", "name_folded"):
        op.drop_column("appointment", name)
    with op.batch_alter_table("conversation") as conversation:
        for name in reversed(OF_CONVERSATIONS):
            conversation.drop_column(name)
    for name in ("provider_place", "request_count", "unclear", "call", "visit", "audit", "staff_session"):
        op.drop_table(name)
    for name in ("sign_in_attempt", "account_scope", "account"):
        op.drop_table(name)
