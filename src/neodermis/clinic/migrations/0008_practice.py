"""The settings of the clinic."""

import uuid
from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """One row of settings."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0007_jobs_in_the_trail"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="Practice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("contact", models.JSONField(default=list)),
                ("phone", models.CharField(blank=True, max_length=100)),
                (
                    "paper",
                    models.CharField(choices=[("a4", "A4"), ("letter", "US Letter")], default="a4", max_length=10),
                ),
                ("logo", models.BinaryField(null=True)),
                ("logo_name", models.CharField(blank=True, max_length=10)),
                ("devices", models.JSONField(default=list)),
                ("prices", models.JSONField(default=dict)),
                ("consent_version", models.CharField(blank=True, max_length=40)),
                ("consent_text", models.TextField(blank=True)),
                ("consent_since", models.DateField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
