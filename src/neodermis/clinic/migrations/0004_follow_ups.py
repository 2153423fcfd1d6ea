"""Follow-ups of a course, and the forecasts updated with them."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Follow-ups and updates."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0003_overrides"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("day", models.DateField()),
                ("outcome", models.CharField(max_length=60)),
                ("site", models.CharField(max_length=40)),
                ("value", models.FloatField()),
                ("rater", models.CharField(max_length=20)),
                ("graded_by", models.CharField(max_length=60)),
                ("warning_signs", models.JSONField(default=list)),
                ("note", models.TextField(blank=True)),
                ("neodermis", models.CharField(max_length=40)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="clinic.course"
                    ),
                ),
            ],
            options={"ordering": ("day", "outcome", "site", "id")},
        ),
        migrations.CreateModel(
            name="UpdateJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("document", models.JSONField()),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("error", models.TextField(blank=True)),
                ("result", models.JSONField(null=True)),
                ("shown", models.JSONField(null=True)),
                ("figure", models.BinaryField(null=True)),
                ("neodermis", models.CharField(blank=True, max_length=40)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="updates", to="clinic.course"
                    ),
                ),
            ],
            options={"ordering": ("-asked_at",)},
        ),
    ]
