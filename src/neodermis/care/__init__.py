"""Care before, during and after treatment: screening, preparation and information for the patient."""
