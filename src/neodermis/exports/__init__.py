"""Results in the formats of others: tables and NetCDF by the CF conventions, SBML, FHIR.

What a format cannot express is refused with what would be lost; nothing is simplified silently.
"""
