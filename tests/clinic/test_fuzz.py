"""Whatever is sent to an address is answered, and never with an error of the program."""

from __future__ import annotations

import uuid
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: What breaks programs, beside anything else.
NASTY: Final = (
    "", " ", "\x00", "a\x00b", "\r\n", "nan", "inf", "-1", "0", "1", "1e999", "9" * 30, "2026-02-30", "0000-00-00",
    "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%s%n", "😀", "é" * 300, "x" * 5000,
    "cheek = ,", "= = =", ",,,", "[1, 2]", "{}", "unknown", "never", "none", "yes", "²", "٣",
)  # fmt: skip
TEXT: Final = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=30))


def names() -> Any:
    from neodermis.clinic import form

    paths = [one.path for some in form.fields().values() for one in some]
    repeated = [f"{path.partition('.')[0]}.{row}.{path.partition('.')[2]}" for path in paths for row in (1, 2, 99)
                if path.partition(".")[0] in form.REPEATED]  # fmt: skip
    others = ["opened", "then", "q", "page", "username", "password", "again", "roles", "is_active", "next", "sex",
              "birth_year", "phototype", "chart_number", "concern.0.name", "concern.x.name"]  # fmt: skip
    return st.sampled_from([*paths, *repeated, *others * 8])


def test_no_form_and_no_address_fails(client: Any, account: Any, consultation: Any) -> None:
    from django.urls import reverse

    from neodermis.clinic.urls import urlpatterns

    one, other = client("practitioner", "administrator"), account("reader")
    one.raise_request_exception = False
    keys = dict.fromkeys(("account", "invite", "reset_factor", "unlock"), other.pk)
    of_patient = ("patient", "edit_patient", "new_consultation", "record", "record_json", "record_csv")
    addresses = []
    for pattern in urlpatterns:
        taken = [str(argument) for argument in pattern.pattern.converters]
        if pattern.name == "logout":
            continue
        for key in (keys.get(pattern.name, consultation.patient_id if pattern.name in of_patient else consultation.pk),
                    uuid.uuid4()):  # fmt: skip
            values = {"key": key, "token": "a-token", "rule": "PREG"}
            addresses.append(reverse(pattern.name, kwargs={name: values[name] for name in taken}))
    seen: set[int] = set()

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(sorted({*addresses})), st.booleans(), st.dictionaries(names(), TEXT, max_size=8))
    def check(address: str, post: bool, values: dict[str, str]) -> None:
        done = (one.post if post else one.get)(address, values)
        assert done.status_code < 500, (address, values)
        seen.add(done.status_code)

    check()
    assert {200, 404, 405} <= seen
    from neodermis.clinic import audit

    assert [*audit.verify()] == []


def test_every_entry_of_the_form_alone_is_answered(migrated: Any) -> None:
    from datetime import date

    from neodermis.clinic import form

    for some in form.fields().values():
        for field in some:
            for text in NASTY:
                table, _, rest = field.path.partition(".")
                name = f"{table}.1.{rest}" if table in form.REPEATED else field.path
                read, faults = form.read(form.entered({name: text}), date.today())
                assert (read is None) == bool(faults), (name, text)


def test_a_body_that_is_too_large_is_refused(client: Any, consultation: Any) -> None:
    done = client("practitioner").post(f"/consultations/{consultation.pk}/", {"plan.protocol": "x" * 1_100_000})
    assert done.status_code == 413 and "at most 1 MB" in done.content.decode()
    done = client("assistant").post(f"/consultations/{consultation.pk}/", {f"a{n}": "" for n in range(2_100)})
    assert done.status_code == 400
