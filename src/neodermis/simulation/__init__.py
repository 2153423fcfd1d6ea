"""From the members of a site and a schedule of sessions to what is read off their skin."""
