"""Consents, sessions with their signature, and addenda."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Consents and sessions."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0004_follow_ups"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("day", models.DateField()),
                ("text_version", models.CharField(max_length=40)),
                (
                    "signer",
                    models.CharField(
                        choices=[("patient", "the patient"), ("guardian", "the guardian, and the patient agrees")],
                        max_length=10,
                    ),
                ),
                ("entered_by", models.CharField(max_length=60)),
                ("withdrawn", models.DateField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="clinic.patient"
                    ),
                ),
            ],
            options={
                "ordering": ("-day", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("number", models.PositiveSmallIntegerField()),
                ("day", models.DateField()),
                ("entries", models.JSONField(default=dict)),
                ("signed_by", models.CharField(blank=True, max_length=60)),
                ("signed_at", models.DateTimeField(null=True)),
                ("protocol", models.TextField(blank=True)),
                ("verdict", models.JSONField(null=True)),
                ("neodermis", models.CharField(max_length=40)),
                (
                    "consent",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="clinic.consent"),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="clinic.course"
                    ),
                ),
            ],
            options={
                "ordering": ("course", "number"),
            },
        ),
        migrations.CreateModel(
            name="Addendum",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("text", models.TextField()),
                ("reason", models.CharField(max_length=200)),
                ("author", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="addenda", to="clinic.session"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "id"),
            },
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(fields=("course", "number"), name="one_session"),
        ),
    ]
