"""What can be asked about results: pending work, tables, groups, the candidate's page."""
