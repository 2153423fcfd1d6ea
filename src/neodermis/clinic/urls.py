"""Addresses of the pages; records have random identifiers."""

from __future__ import annotations

from django.urls import path

from neodermis.clinic import (
    accounts,
    changed,
    followups,
    login,
    overrides,
    plans,
    record,
    second_factor,
    sessions,
    views,
)

handler400 = views.bad_request
handler404 = views.not_found
handler500 = views.failed

urlpatterns = [
    path("", views.today, name="today"),
    path("login/", login.login, name="login"),
    path("login/code/", login.code, name="login_code"),
    path("logout/", login.logout, name="logout"),
    path("setup/<str:token>/", login.setup, name="setup"),
    path("invitation/<uuid:key>/<str:token>/", login.choose_password, name="invitation"),
    path("account/", second_factor.own, name="own_account"),
    path("account/second-factor/", second_factor.switch_on, name="switch_on"),
    path("account/second-factor/off/", second_factor.switch_off, name="switch_off"),
    path("account/second-factor/codes/", second_factor.new_codes, name="new_codes"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.account, name="new_account"),
    path("accounts/<uuid:key>/", accounts.account, name="account"),
    path("accounts/<uuid:key>/invite/", accounts.invite, name="invite"),
    path("accounts/<uuid:key>/second-factor/", accounts.reset, name="reset_factor"),
    path("audit/", views.trail, name="trail"),
    path("patients/", views.patients, name="patients"),
    path("patients/new/", views.edit_patient, name="new_patient"),
    path("patients/<uuid:key>/", views.patient, name="patient"),
    path("patients/<uuid:key>/change/", views.edit_patient, name="edit_patient"),
    path("patients/<uuid:key>/record/", record.record, name="record"),
    path("patients/<uuid:key>/record.json", record.export, {"kind": "json"}, name="record_json"),
    path("patients/<uuid:key>/record.csv", record.export, {"kind": "csv"}, name="record_csv"),
    path("patients/<uuid:key>/consultation/", views.new_consultation, name="new_consultation"),
    path("consultations/<uuid:key>/", views.consultation, name="consultation"),
    path("consultations/<uuid:key>/draft/", views.draft, name="draft"),
    path("consultations/<uuid:key>/discard/", views.discard, name="discard"),
    path("consultations/<uuid:key>/screening/", overrides.screening, name="screening"),
    path("consultations/<uuid:key>/screening/<str:rule>/override/", overrides.override, name="override"),
    path("consultations/<uuid:key>/export/", views.export, name="export"),
    path("consultations/<uuid:key>/plans/", plans.start, name="start_plan"),
    path("consultations/<uuid:key>/changed/", changed.changed, name="changed"),
    path("plans/<uuid:key>/", plans.plan, name="plan"),
    path("plans/<uuid:key>/adopt/", plans.adopt, name="adopt"),
    path("courses/<uuid:key>/follow-ups/", followups.follow_ups, name="follow_ups"),
    path("courses/<uuid:key>/follow-ups/new/", followups.new, name="new_follow_up"),
    path("courses/<uuid:key>/update/", followups.update, name="update"),
    path("follow-ups/<uuid:key>/", followups.correct, name="follow_up"),
    path("updates/<uuid:key>/figure.svg", followups.figure, name="update_figure"),
    path("courses/<uuid:key>/leaflet.pdf", plans.aftercare, {"kind": "pdf"}, name="leaflet"),
    path("courses/<uuid:key>/care.ics", plans.aftercare, {"kind": "ics"}, name="calendar"),
    path("patients/<uuid:key>/consent/", sessions.new_consent, name="new_consent"),
    path("consents/<uuid:key>/withdraw/", sessions.withdraw, name="withdraw"),
    path("courses/<uuid:key>/sessions/", sessions.begin, name="begin_session"),
    path("sessions/<uuid:key>/", sessions.session, name="session"),
    path("sessions/<uuid:key>/keep/", sessions.keep, name="keep_session"),
    path("sessions/<uuid:key>/sign/", sessions.sign, name="sign_session"),
    path("sessions/<uuid:key>/addendum/", sessions.addendum, name="addendum"),
    path("sessions/<uuid:key>/map.svg", sessions.zones_map, name="session_map"),
    path("plans/<uuid:key>/report.html", plans.report, {"kind": "html"}, name="report_html"),
    path("plans/<uuid:key>/report.pdf", plans.report, {"kind": "pdf"}, name="report_pdf"),
]
