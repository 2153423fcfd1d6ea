"""Overrides of screening rules."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Overrides."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0002_plans"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Override",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("answers_version", models.PositiveIntegerField()),
                ("rule", models.CharField(max_length=40)),
                ("condition", models.TextField()),
                ("result", models.CharField(max_length=10)),
                ("sources", models.JSONField(default=list)),
                ("reason", models.TextField()),
                ("account", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("neodermis", models.CharField(max_length=40)),
                (
                    "consultation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="clinic.consultation",
                    ),
                ),
            ],
            options={
                "ordering": ("-day", "rule"),
                "constraints": [
                    models.UniqueConstraint(fields=("consultation", "answers_version", "rule"), name="one_override")
                ],
            },
        ),
    ]
