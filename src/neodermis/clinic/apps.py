"""The one Django application of the clinic."""

from __future__ import annotations

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """Its name and label."""

    name = "neodermis.clinic"
    label = "clinic"
    default_auto_field = "django.db.models.BigAutoField"
