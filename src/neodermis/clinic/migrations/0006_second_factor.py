"""The optional second factor of an account."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Key, last code and recovery codes."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("clinic", "0005_sessions"),
    ]

    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="account",
            name="recovery",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="account",
            name="totp_key",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="account",
            name="totp_step",
            field=models.BigIntegerField(default=0),
        ),
    ]
