"""The players that show media on screens: enrolment, revocation, and assigned media."""
