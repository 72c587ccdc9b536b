"""How counters work: own openings, closures, holds, waiting list, outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("place", sa.Column("timetable", sa.Integer(), nullable=False, server_default="0"))
    for column in (
        sa.Column("email", sa.String(200), nullable=True),
        sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("booked_by", sa.String(200), nullable=True),
    ):
        op.add_column("appointment", column)
    _create_timetables()
    _create_holds()
    _create_messages()


def _create_timetables() -> None:
    op.create_table(
        "timetable_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_timetable_change_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_timetable_change"),
    )
    op.create_index("ix_timetable_change_place_id", "timetable_change", ["place_id"])
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("counters", sa.Integer(), nullable=True),
        sa.Column("stop", sa.String(300), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.CheckConstraint('"start" < "end"', name=op.f("ck_opening_forward")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_opening_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_opening"),
    )
    op.create_index("ix_opening_place_id", "opening", ["place_id"])
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=True),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.CheckConstraint('"start" < "end"', name=op.f("ck_closure_forward")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_closure_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_closure"),
    )
    op.create_index("ix_closure_place_end", "closure", ["place_id", "end"])


def _create_holds() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_hold_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_expires_at", "hold", ["expires_at"])
    with op.batch_alter_table("occupation") as table:
        table.alter_column("appointment_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("hold_id", sa.String(64), nullable=True))
        table.add_column(sa.Column("expires_at", INSTANT, nullable=True))
        table.create_foreign_key("fk_occupation_hold_id_hold", "hold", ["hold_id"], ["id"], ondelete="CASCADE")
        table.create_check_constraint(op.f("ck_occupation_one_owner"), "(appointment_id IS NULL) <> (hold_id IS NULL)")
        table.create_check_constraint(op.f("ck_occupation_holds_expire"), "(hold_id IS NULL) = (expires_at IS NULL)")
        table.create_check_constraint(op.f("ck_occupation_counter"), "counter >= 0")
        table.create_index("ix_occupation_hold_id", ["hold_id"])


def _create_messages() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.String(40), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("earliest", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("told_slot", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_waiting_appointment_id_appointment", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_waiting_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
        sa.UniqueConstraint("appointment_id", name="uq_waiting_appointment_id"),
    )
    op.create_index("ix_waiting_place_id", "waiting", ["place_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name="fk_message_appointment_id_appointment", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("key", name="uq_message_key"),
    )
    op.create_index("ix_message_appointment_id", "message", ["appointment_id"])
    op.create_index("ix_message_status_next_try", "message", ["status", "next_try_at"])


def downgrade() -> None:
    for name in ("message", "waiting"):
        op.drop_table(name)
    # what was only held is free again
    op.execute("DELETE FROM occupation WHERE hold_id IS NOT NULL")
    with op.batch_alter_table("occupation") as table:
        table.drop_index("ix_occupation_hold_id")
        for name in ("ck_occupation_one_owner", "ck_occupation_holds_expire", "ck_occupation_counter"):
            table.drop_constraint(op.f(name), type_="check")
        table.drop_constraint("fk_occupation_hold_id_hold", type_="foreignkey")
        table.drop_column("hold_id")
        table.drop_column("expires_at")
        table.alter_column("appointment_id", existing_type=sa.Integer(), nullable=False)
    for name in ("hold", "closure", "opening", "timetable_change"):
        op.drop_table(name)
    for name in ("booked_by", "reminders", "email"):
        op.drop_column("appointment", name)
    op.drop_column("place", "timetable")
