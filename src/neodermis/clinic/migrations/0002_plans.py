"""Plans in the background, and the adopted plan of a patient."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Plans and courses."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0001_initial"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Course",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("day", models.DateField()),
                ("protocol", models.TextField()),
                ("plan", models.JSONField()),
                ("neodermis", models.CharField(max_length=40)),
                (
                    "consultation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="clinic.consultation"),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="courses", to="clinic.patient"
                    ),
                ),
            ],
            options={
                "ordering": ("-day", "-id"),
            },
        ),
        migrations.CreateModel(
            name="PlanJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("document", models.JSONField()),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("scored", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("result", models.JSONField(null=True)),
                ("comparison", models.JSONField(null=True)),
                ("report_html", models.BinaryField(null=True)),
                ("report_pdf", models.BinaryField(null=True)),
                ("neodermis", models.CharField(blank=True, max_length=40)),
                (
                    "consultation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="clinic.consultation"
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at",),
            },
        ),
    ]
