"""The clinic application: patients, consultations, screening and plans in a browser, for one clinic.

It stores what a practitioner enters and what the functions of :mod:`neodermis` answer, with their versions; it holds no
science.  ``neodermis serve`` starts it (:mod:`neodermis.clinic.launch`).
"""
