"""Settings of Django, for the folder that :data:`~neodermis.clinic.folder.VARIABLE` names."""

from __future__ import annotations

import os
import socket
from typing import Any, Final

from neodermis.clinic.database import configuration
from neodermis.clinic.folder import data_folder, secret_key

#: Folder of the database.
FOLDER: Final = data_folder(demo=os.environ.get("NEODERMIS_CLINIC_DEMO") == "1")
#: Address of this computer for itself.
LOOPBACK: Final = socket.gethostbyname("localhost")
#: Whether the patients are invented.
DEMONSTRATION: Final = os.environ.get("NEODERMIS_CLINIC_DEMO") == "1"
#: One-time token of the link that makes the first account; empty once there is one.
SETUP_TOKEN = ""

SECRET_KEY = secret_key(FOLDER)
DEBUG = False
_HOSTS: Final = os.environ.get("NEODERMIS_HOSTS", "")
ALLOWED_HOSTS = ["localhost", LOOPBACK, "[::1]", *filter(None, _HOSTS.split(","))]
ROOT_URLCONF = "neodermis.clinic.urls"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "neodermis.clinic.apps.ClinicConfig",
]
MIDDLEWARE = [
    "neodermis.clinic.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "neodermis.clinic.throttle.ThrottleMiddleware",
    "neodermis.clinic.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "neodermis.clinic.middleware.page_context",
            ]
        },
    }
]
DATABASES: dict[str, dict[str, Any]] = configuration(FOLDER, demo=DEMONSTRATION)
#: Counts of the limits of requests; a lost entry would be a lost count.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# accounts
AUTH_USER_MODEL = "clinic.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "neodermis.clinic.accounts.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "clinic/locked.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# sessions and headers
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "neodermis.clinic.views.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
#: Set where a server with TLS stands in front: cookies then travel encrypted only.
TLS: Final = os.environ.get("NEODERMIS_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in filter(None, _HOSTS.split(","))] if TLS else []
#: Bytes; a logo has at most 300 kB, and a consultation less.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"lost": {"()": "neodermis.clinic.database.OneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["lost"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "axes": {"level": "ERROR"},
        "waitress.queue": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
