"""What every request passes: the headers of security, and the table of rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from neodermis.clinic.access import Right, rights_of

#: What the names of fields begin with that are sent again after a login.
KEPT: Final = "kept-"

Response = Callable[[HttpRequest], HttpResponse]
#: Everything comes from this server: no script or style inside a page, no frame, no other address.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class HeadersMiddleware:
    """Headers of every answer; a page with a record is not kept by the browser."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class AccessMiddleware:
    """Refuse what the table of rights does not give."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """None lets the view run; otherwise a redirection to the login, or a refusal."""
        methods: dict[str, Right] = getattr(view, "access", {})
        method = "GET" if request.method == "HEAD" else request.method
        wanted = methods.get(str(method))
        if wanted is Right.PUBLIC:
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return render(request, "clinic/logged_out.html", {"kept": method == "POST"}, status=401)
            if method == "POST" and wanted is not None and request.POST:
                return expired(request)
            return redirect_to_login(request.get_full_path() if method == "GET" else "/", "/login/")
        if wanted is None:
            return HttpResponseNotAllowed(sorted(methods))
        if wanted not in rights_of(request.user.roles):
            return render(request, "clinic/refused.html", {"right": wanted}, status=403)
        return None


def expired(request: HttpRequest) -> HttpResponse:
    """The login with what was entered, which is sent again after it: an expired session loses no entry."""
    from neodermis.clinic.forms import LoginForm  # needs the models, which are loaded after the settings

    return render(
        request, "clinic/form.html",
        {"form": LoginForm(request), "title": "Log in again", "button": "Log in", "action": "/login/",
         "after": request.get_full_path(), "kept": kept(request.POST.dict()),
         "lead": "You were logged out before this was saved. Log in, and what you entered is sent again."},
        status=401,
    )  # fmt: skip


def kept(posted: Mapping[str, str]) -> dict[str, str]:
    """Posted fields to be sent again after a login; never a password."""
    own = {name: value for name, value in posted.items() if name not in ("csrfmiddlewaretoken", "password", "again")}
    return {name if name.startswith(KEPT) else f"{KEPT}{name}": value for name, value in own.items()}


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What the base page shows: rights of the account, and whether this is the demonstration."""
    user = getattr(request, "user", None)
    rights = rights_of(user.roles) if user is not None and user.is_authenticated else frozenset()
    return {
        "user": user, "rights": {one.name.lower() for one in rights}, "demonstration": settings.DEMONSTRATION,
    }  # fmt: skip
