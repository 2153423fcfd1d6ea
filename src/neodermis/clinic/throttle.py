"""How often an account, or before the login an address, may ask for something; more is told when to come back.

The counts are kept in the memory of the one process that serves; they begin anew when it is started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


class Limit(NamedTuple):
    """A number of requests within a time."""

    requests: int
    seconds: int


#: Custom: far above what one person does.  A slider asks at most every 60 ms, some 1,000 times a minute; what is typed
#: is kept at most every 0.8 s.
LIMITS: Final = {
    "login": Limit(60, 60),
    "code": Limit(30, 3_600),
    "read": Limit(1_200, 60),
    "write": Limit(300, 60),
    "slide": Limit(1_200, 60),
    "job": Limit(60, 3_600),
    "file": Limit(120, 60),
}
#: Limit of an address by its name, where it is not that of reading or writing: calculations, and files that are made.
_OWN: Final = {"changed": "slide", "start_plan": "job", "update": "job"} | dict.fromkeys(
    ("report_html", "report_pdf", "leaflet", "calendar", "record_json", "record_csv"), "file"
)


def wait_for(kind: str, whose: str) -> int:
    """Count a request; the seconds until the next is answered, 0 for one that is within its limit."""
    limit, now = LIMITS[kind], time.time()
    window = int(now // limit.seconds)
    key = f"throttle:{kind}:{window}:{whose}"
    cache.add(key, 0, timeout=2 * limit.seconds)
    if cache.incr(key) <= limit.requests:
        return 0
    return max(1, round((window + 1) * limit.seconds - now))


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """The answer to a request beyond a limit: a page, a part of one, or JSON where that is asked for; status 429."""
    told = {"seconds": seconds, "minutes": -(-seconds // 60)}
    if "application/json" in request.headers.get("Accept", ""):
        answer: HttpResponse = JsonResponse({"error": "too many requests", "retry_after_s": seconds}, status=429)
    elif request.headers.get("HX-Request"):
        answer = render(request, "clinic/too_many_part.html", told, status=429)
    else:
        answer = render(request, "clinic/too_many.html", {"title": "Too many requests", **told}, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


class ThrottleMiddleware:
    """Refuse bodies that are too large, and requests beyond a limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a body that is too large is not read."""
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            from neodermis.clinic.views import told  # needs the models, which are loaded after the settings

            return told(
                request, 413, "Too large",
                f"A request has at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1e6:g} MB. Nothing was saved.",
                "Choose a smaller file, or shorten the text.",
            )  # fmt: skip
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """None lets the view run; otherwise a refusal with the time to wait."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        reads = request.method in ("GET", "HEAD")
        if request.user.is_authenticated:
            kind, whose = _OWN.get(name, "read" if reads else "write"), str(request.user.pk)
        else:
            kind, whose = "read" if reads else "login", request.META.get("REMOTE_ADDR", "")
        seconds = wait_for(kind, whose)
        return too_many(request, seconds) if seconds else None
