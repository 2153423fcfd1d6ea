"""Plans and updated forecasts of earlier versions get an entry of the audit trail, as new ones have."""

from typing import Any, ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


def enter(apps: Any, schema_editor: Any) -> None:
    """Add an entry for each calculation as it is stored now."""
    from neodermis.clinic import audit
    from neodermis.clinic.models import Job

    for name in ("PlanJob", "UpdateJob"):
        kind = apps.get_model("clinic", name)
        kind.waiting = Job.waiting
        for row in kind.objects.order_by("asked_at"):
            audit.append(audit.Origin("", "migration"), "created", row, after=Job.kept(row))


class Migration(migrations.Migration):
    """Entries of calculations."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("clinic", "0006_second_factor")]

    operations: ClassVar[list[Operation]] = [migrations.RunPython(enter, migrations.RunPython.noop)]
